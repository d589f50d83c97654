-- What became of the rows of a file of scores; one row.
-- reads: fates
-- makes: counted
-- takes: $source_id
CREATE OR REPLACE TEMP TABLE counted AS
SELECT
    $source_id::INTEGER AS source_id,
    count(*) AS rows_read,
    count(*) FILTER (fate = 'kept') AS rows_kept,
    count(*) FILTER (fate = 'repeated') AS rows_repeated,
    count(*) FILTER (fate NOT IN ('kept', 'repeated')) AS rows_rejected,
    max(line) AS last_line
FROM fates
