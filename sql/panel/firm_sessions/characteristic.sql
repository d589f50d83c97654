-- One row a firm and session that has the characteristic: the value, as it was published.
-- reads: known
-- makes: rows
-- takes: $characteristic
SELECT firm AS symbol, session, value
FROM known
WHERE name = $characteristic AND value IS NOT NULL
ORDER BY symbol, session
