-- One row a post that counts towards the market's mood in a session and window: once, whatever it names ($pooling 'posts'), or
-- once for each firm that it names and that has a price on the session ('firms').
-- reads: firms, named_twice, post_symbols, price_steps, readings, sessions, unasked
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
SELECT p.firm, n.* EXCLUDE (kind)
FROM nearest AS n
JOIN post_symbols AS y USING (post_key)
ANTI JOIN named_twice AS t ON t.post_key = y.post_key AND t.symbol = y.symbol
LEFT JOIN firms AS f ON f.symbol = y.symbol AND n.session BETWEEN f.first AND f.last
JOIN price_steps AS p ON p.firm = coalesce(f.firm, y.symbol) AND p.session = n.session
ANTI JOIN unasked AS u ON u.firm = p.firm
WHERE $pooling = 'firms'
