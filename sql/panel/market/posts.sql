-- One row a post that counts towards the market's mood in a session and window: once, whatever it names ($pooling 'posts'), or
-- once for each symbol that it names and that has a price on the session ('firms').
-- reads: post_symbols, prices, readings, sessions
-- makes: market_posts
-- takes: $kinds, $pooling
CREATE OR REPLACE TEMP TABLE market_posts AS
WITH nearest AS (
    SELECT
        r.*,
        CASE WHEN r.created_at >= s.previous_close THEN s.session END AS session,
        CASE WHEN r.created_at < s.open THEN 'pre_open' ELSE 'market' END AS "window"
    FROM readings AS r
    ASOF LEFT JOIN sessions AS s ON r.created_at < s.close
    WHERE list_contains($kinds, r.kind)
)
SELECT '' AS symbol, n.* EXCLUDE (kind)
FROM nearest AS n
WHERE $pooling = 'posts' AND n.session IS NOT NULL
UNION ALL
SELECT y.symbol, n.* EXCLUDE (kind)
FROM nearest AS n
JOIN post_symbols AS y USING (post_key)
JOIN prices AS p ON p.symbol = y.symbol AND p.session = n.session
WHERE $pooling = 'firms'
