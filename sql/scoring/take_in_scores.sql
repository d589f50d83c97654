-- Scores of finished shards: of texts that the store holds, and only where it has no score of this scorer revision yet.
-- reads: scored_texts, slice, texts
-- makes: text_scores
-- takes: $cleaner, $revision, $scorer
INSERT INTO text_scores BY NAME
SELECT s.*, $cleaner AS cleaner, $scorer AS scorer, $revision AS revision
FROM (SELECT * REPLACE (CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key) FROM slice) AS s
SEMI JOIN (SELECT text_key FROM texts WHERE cleaner = $cleaner) AS held USING (text_key)
ANTI JOIN (
    SELECT text_key FROM scored_texts WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS done USING (text_key)
