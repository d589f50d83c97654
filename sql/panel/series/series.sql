-- One row a published series and day: the reading of the newest file that has it, how many readings there were, and how far
-- apart. Dated series of files of format series count where they are named, each day's value as it was published last.
-- reads: observations, series
-- makes: rows
-- takes: $names
SELECT
    name,
    session,
    value,
    count(*) OVER (PARTITION BY name, session) AS readings,
    max(value) OVER (PARTITION BY name, session) - min(value) OVER (PARTITION BY name, session) AS apart
FROM (
    SELECT name, session, value, NULL AS available, source_id, line FROM series
    UNION ALL
    SELECT name, session, value, available, source_id, line FROM observations WHERE list_contains($names, name)
) AS told
WHERE len($names) = 0 OR list_contains($names, name)
QUALIFY row_number() OVER (PARTITION BY name, session ORDER BY available DESC NULLS FIRST, source_id DESC, line DESC) = 1
ORDER BY session, name
