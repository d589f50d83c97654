-- One row a symbol and session that has the characteristic: the value, as it was published.
SELECT symbol, session, value
FROM known
WHERE name = $characteristic AND value IS NOT NULL
ORDER BY symbol, session
