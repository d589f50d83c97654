-- Symbols of every line that agrees with its post, new or repeated: one tweet stands in several tickers' files.
INSERT INTO post_symbols
WITH named AS (
    SELECT
        p.post_key,
        y.symbol,
        CASE WHEN count(DISTINCT y.origin) > 1 THEN 'both' ELSE min(y.origin) END AS origin
    FROM staged_symbols AS y
    JOIN resolved AS r USING (line)
    JOIN staged_posts AS s USING (line)
    JOIN posts AS p ON p.platform = s.platform AND p.post_id = s.post_id
    WHERE r.verdict <> 'conflict'
    GROUP BY p.post_key, y.symbol
)
SELECT n.*
FROM named AS n
ANTI JOIN post_symbols AS held USING (post_key, symbol)
ORDER BY n.post_key, n.symbol
