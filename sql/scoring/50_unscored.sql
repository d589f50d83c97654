-- Distinct model texts without a score of this scorer revision, numbered from 0; neighbours are of similar length, which
-- keeps batches full.
CREATE OR REPLACE TEMP TABLE unscored AS
SELECT row_number() OVER (ORDER BY length(t.text), t.text_key) - 1 AS n, t.text_key, t.text
FROM texts AS t
ANTI JOIN (
    SELECT text_key FROM text_scores WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS done USING (text_key)
WHERE t.cleaner = $cleaner
