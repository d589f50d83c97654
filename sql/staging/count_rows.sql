-- What became of the staged lines. One row a source; last_line: how far it is read.
-- reads: resolved, staged_rejected
-- makes: counted
CREATE OR REPLACE TEMP TABLE counted AS
WITH fates AS (
    SELECT source_id, line, verdict FROM resolved
    UNION ALL
    SELECT source_id, line, 'conflict' FROM staged_rejected
)
SELECT
    source_id,
    count(*) AS rows_read,
    count(*) FILTER (verdict = 'new') AS rows_kept,
    count(*) FILTER (verdict = 'repeated') AS rows_repeated,
    count(*) FILTER (verdict = 'conflict') AS rows_rejected,
    max(line) AS last_line
FROM fates
GROUP BY source_id
