-- One row a post with words or emojis and a symbol that it names, placed in the session and window in which it was written.
CREATE OR REPLACE TEMP TABLE placed AS
SELECT
    r.* EXCLUDE (kind),
    y.symbol,
    s.session,
    CASE WHEN r.created_at < s.open THEN 'pre_open' ELSE 'market' END AS "window",
    y.symbol IN (SELECT symbol FROM prices) AS has_prices,
    price.symbol IS NOT NULL AS has_price
FROM readings AS r
JOIN post_symbols AS y USING (post_key)
ASOF LEFT JOIN sessions AS s ON r.created_at < s.close
LEFT JOIN prices AS price ON price.symbol = y.symbol AND price.session = s.session
WHERE list_contains($kinds, r.kind) AND (s.session IS NULL OR r.created_at >= s.previous_close)
