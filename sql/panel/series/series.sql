-- One row a published series and day: that of the newest file that has it, and how many readings there were.
-- reads: series
-- makes: rows
-- takes: $names
SELECT
    name,
    session,
    value,
    count(*) OVER (PARTITION BY name, session) AS readings
FROM series
WHERE len($names) = 0 OR list_contains($names, name)
QUALIFY row_number() OVER (PARTITION BY name, session ORDER BY source_id DESC, line DESC) = 1
ORDER BY session, name
