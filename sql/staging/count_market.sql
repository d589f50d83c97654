-- What became of the rows of one market file. One row a source; a row is kept unless it is quarantined, for one reason or several, or
-- repeats a price.
-- reads: contradicted, resolved, staged_rejected
-- makes: counted
-- takes: $rows_read, $source_id
CREATE OR REPLACE TEMP TABLE counted AS
WITH bad AS (
    SELECT line FROM resolved WHERE verdict = 'conflict'
    UNION
    SELECT line FROM contradicted
    UNION
    SELECT line FROM staged_rejected
),
told AS (
    SELECT
        (SELECT count(*) FROM bad) AS rejected,
        (SELECT count(*) FROM resolved ANTI JOIN bad USING (line) WHERE verdict = 'repeated') AS repeated
)
SELECT
    $source_id::INTEGER AS source_id,
    $rows_read::BIGINT AS rows_read,
    $rows_read::BIGINT - rejected - repeated AS rows_kept,
    repeated AS rows_repeated,
    rejected AS rows_rejected,
    0::BIGINT AS last_line
FROM told
