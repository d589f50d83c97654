-- New prices.
-- reads: resolved, staged_prices
-- makes: prices
INSERT INTO prices
SELECT s.*
FROM staged_prices AS s
JOIN resolved AS r USING (line)
WHERE r.verdict = 'new'
ORDER BY s.symbol, s.session
