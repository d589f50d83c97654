-- New prices.
INSERT INTO prices
SELECT $source_id AS source_id, s.*
FROM staged_prices AS s
JOIN resolved AS r USING (line)
WHERE r.verdict = 'new'
ORDER BY s.symbol, s.session
