-- A newer version of a file replaces the prices that an older version of the same path brought.
DELETE FROM prices
WHERE source_id IN (SELECT source_id FROM sources WHERE path = $path)
