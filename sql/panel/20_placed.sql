-- One row a post with words or emojis and a symbol that it names, placed in the session and window in which it was written; a
-- post before the first session's window or after the last close has no session.
CREATE OR REPLACE TEMP TABLE placed AS
WITH nearest AS (
    SELECT
        r.* EXCLUDE (kind),
        y.symbol,
        CASE WHEN r.created_at >= s.previous_close THEN s.session END AS session,
        CASE WHEN r.created_at < s.open THEN 'pre_open' ELSE 'market' END AS "window"
    FROM readings AS r
    JOIN post_symbols AS y USING (post_key)
    ASOF LEFT JOIN sessions AS s ON r.created_at < s.close
    WHERE list_contains($kinds, r.kind)
)
SELECT
    n.*,
    n.symbol IN (SELECT symbol FROM prices) AS has_prices,
    p.symbol IS NOT NULL AS has_price
FROM nearest AS n
LEFT JOIN prices AS p USING (symbol, session)
