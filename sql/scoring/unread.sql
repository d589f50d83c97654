-- Model texts whose dimensions this reader revision has not read: their key, and where they stand.
-- reads: text_dimensions, texts
-- makes: pending
-- takes: $cleaner, $reader, $revision
CREATE OR REPLACE TEMP TABLE pending AS
SELECT t.rowid AS place, t.text_key
FROM texts AS t
ANTI JOIN (
    SELECT text_key FROM text_dimensions WHERE cleaner = $cleaner AND reader = $reader AND revision = $revision
) AS done USING (text_key)
WHERE t.cleaner = $cleaner
