-- One row a characteristic that the store holds: its name.
-- reads: characteristics
-- makes: rows
SELECT DISTINCT name
FROM characteristics
ORDER BY name
