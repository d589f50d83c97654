-- A newer version of a file replaces the prices that an older version of the same path brought.
-- reads: sources
-- makes: prices
-- takes: $path
DELETE FROM prices
WHERE source_id IN (SELECT source_id FROM sources WHERE path = $path)
