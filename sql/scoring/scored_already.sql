-- Texts of a shard that have a score of this scorer revision already, in the store or in another file.
-- reads: scored_texts, slice
-- makes: rows
-- takes: $cleaner, $revision, $scorer
SELECT count(*) AS n
FROM (SELECT CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key FROM slice) AS s
SEMI JOIN (
    SELECT text_key FROM scored_texts WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS done USING (text_key)
