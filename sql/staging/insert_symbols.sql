-- Symbols of every line that agrees with its post, new or repeated: one tweet stands in several tickers' files.
-- reads: post_symbols, resolved, staged_symbols
-- makes: post_symbols
INSERT INTO post_symbols
WITH named AS (
    SELECT
        r.post_key,
        y.symbol,
        CASE WHEN count(DISTINCT y.origin) > 1 THEN 'both' ELSE min(y.origin) END AS origin
    FROM staged_symbols AS y
    JOIN resolved AS r USING (source_id, line)
    WHERE r.verdict <> 'conflict'
    GROUP BY r.post_key, y.symbol
),
held AS (
    SELECT post_key, symbol
    FROM post_symbols
    WHERE post_key IN (SELECT post_key FROM resolved WHERE is_stored)
)
SELECT n.*
FROM named AS n
ANTI JOIN held USING (post_key, symbol)
ORDER BY n.post_key, n.symbol
