-- One row a post before an event: its weight there, its text up to near-copies, its author, and its reading, under the symbol and the
-- session by which the event is known.
-- reads: cleaned, event_windows, firms, named_twice, post_symbols, readings, sessions, text_copies
-- makes: noise_posts
-- takes: $cleaner, $kinds, $weights
CREATE OR REPLACE TEMP TABLE noise_posts AS
WITH named AS (
    SELECT w.symbol, w.session, f.first, f.last, r.* EXCLUDE (kind)
    FROM event_windows AS w
    LEFT JOIN firms AS f ON f.firm = w.symbol
    JOIN post_symbols AS y ON y.symbol = coalesce(f.symbol, w.symbol)
    ANTI JOIN named_twice AS o ON o.post_key = y.post_key AND o.symbol = y.symbol
    JOIN readings AS r ON r.post_key = y.post_key
    WHERE r.created_at >= w.since AND r.created_at < w.until AND list_contains($kinds, r.kind)
)
SELECT
    r.symbol,
    r.session,
    '' AS suffix,
    weight_of(
        $weights,
        r.followers,
        count(*) OVER (PARTITION BY r.symbol, r.session, voter_of($weights, r.author_id, r.distinct_text))
    )::DOUBLE AS w,
    t.copy,
    t.words,
    md5_number_lower(r.author_id) AS author,
    r.post_key,
    COLUMNS(emotions())
FROM named AS r
ASOF LEFT JOIN sessions AS s ON r.created_at < s.close
JOIN cleaned AS c ON c.post_key = r.post_key AND c.cleaner = $cleaner
JOIN text_copies AS t ON t.text_key = c.text_key
WHERE r.first IS NULL OR coalesce(s.session, r.created_at::DATE) BETWEEN r.first AND r.last
