-- Texts of a shard that the store does not hold.
-- reads: slice, texts
-- makes: rows
-- takes: $cleaner
SELECT count(*) AS n
FROM (SELECT CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key FROM slice) AS s
ANTI JOIN (SELECT text_key FROM texts WHERE cleaner = $cleaner) AS held USING (text_key)
