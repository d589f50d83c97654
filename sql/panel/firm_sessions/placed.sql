-- One row a post that counts and a firm that it names, placed in the session and window in which it was written; a post before
-- the first session's window or after the last close has no session. Posts with neither words nor emojis do not count, nor do
-- posts that a filter leaves out; "group" is the side of a split, and null where there is none. A firm that is not asked for has
-- no price.
-- reads: firms, marks, named_twice, post_symbols, price_steps, readings, sessions, unasked
-- makes: placed
-- takes: $above, $below, $cutoff_minutes, $kinds, $pre_open_minutes, $threshold
CREATE OR REPLACE TEMP TABLE placed AS
WITH nearest AS (
    SELECT
        r.* EXCLUDE (kind),
        y.symbol,
        CASE WHEN m.measure > $threshold::DOUBLE THEN $above WHEN m.measure <= $threshold::DOUBLE THEN $below END AS "group",
        CASE WHEN r.created_at >= s.previous_close THEN s.session END AS session,
        CASE WHEN r.created_at < s.open THEN 'pre_open' ELSE 'market' END AS "window",
        r.created_at < s.open - to_minutes($cutoff_minutes::INTEGER) OR r.created_at >= s.open AS before_cutoff,
        coalesce(r.created_at >= s.open - to_minutes($pre_open_minutes::INTEGER), true) AS after_start
    FROM readings AS r
    JOIN post_symbols AS y USING (post_key)
    ANTI JOIN named_twice AS t ON t.post_key = y.post_key AND t.symbol = y.symbol
    LEFT JOIN marks AS m USING (post_key)
    ASOF LEFT JOIN sessions AS s ON r.created_at < s.close
    WHERE list_contains($kinds, r.kind) AND m.left_out IS NULL
),
borne AS (
    SELECT n.* REPLACE (coalesce(f.firm, n.symbol) AS symbol)
    FROM nearest AS n
    LEFT JOIN firms AS f ON f.symbol = n.symbol AND coalesce(n.session, n.created_at::DATE) BETWEEN f.first AND f.last
)
SELECT
    n.* EXCLUDE (before_cutoff, after_start),
    u.firm IS NULL AS is_asked,
    u.firm IS NULL AND n.symbol IN (SELECT firm FROM price_steps) AS has_prices,
    u.firm IS NULL AND p.firm IS NOT NULL AS has_price,
    coalesce(n.before_cutoff AND n.after_start, false) AS in_window
FROM borne AS n
LEFT JOIN unasked AS u ON u.firm = n.symbol
LEFT JOIN price_steps AS p ON p.firm = n.symbol AND p.session = n.session
