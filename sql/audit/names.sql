-- One row a symbol that posts name, with a name of its firm where a file of classes tells one.
-- reads: classifications, post_symbols
-- makes: rows
SELECT DISTINCT y.symbol, c.label AS "name"
FROM post_symbols AS y
LEFT JOIN classifications AS c ON c.symbol = y.symbol AND c.scheme = 'company'
ORDER BY ALL
