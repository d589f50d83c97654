-- Texts of a shard join the texts of the shards before it, under one scorer revision.
-- reads: claimed, slice
-- makes: claimed
-- takes: $cleaner, $revision, $scorer
INSERT INTO claimed
SELECT s.text_key, $cleaner AS cleaner, $scorer AS scorer, $revision AS revision
FROM (SELECT CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key FROM slice) AS s
ANTI JOIN (
    SELECT text_key FROM claimed WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS before USING (text_key)
