-- One row an event with posts: weighted mean emotions of the posts that name its symbol at since <= instant < until.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
-- reads: event_windows, firms, named_twice, post_symbols, readings, sessions
-- makes: rows
-- takes: $kinds, $weights
WITH named AS (
    SELECT w.event, f.first, f.last, r.*
    FROM event_windows AS w
    LEFT JOIN firms AS f ON f.firm = w.symbol
    JOIN post_symbols AS y ON y.symbol = coalesce(f.symbol, w.symbol)
    ANTI JOIN named_twice AS t ON t.post_key = y.post_key AND t.symbol = y.symbol
    JOIN readings AS r ON r.post_key = y.post_key
    WHERE r.created_at >= w.since AND r.created_at < w.until AND list_contains($kinds, r.kind)
),
placed AS (
    SELECT n.* EXCLUDE (first, last)
    FROM named AS n
    ASOF LEFT JOIN sessions AS s ON n.created_at < s.close
    WHERE n.first IS NULL OR coalesce(s.session, n.created_at::DATE) BETWEEN n.first AND n.last
),
weighted AS (
    SELECT
        *,
        weight_of(
            $weights, followers, count(*) OVER (PARTITION BY event, voter_of($weights, author_id, distinct_text))
        ) AS w
    FROM placed
)
SELECT
    event,
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    count(*) FILTER (lacks_weight($weights, followers, has_author)) AS n_lacking,
    mean_of(w, COLUMNS(emotions()))
FROM weighted
GROUP BY event
ORDER BY event
