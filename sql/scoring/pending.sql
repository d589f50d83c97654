-- Model texts without a score of this scorer revision that posts of the store read as: their key, and where they stand.
-- reads: cleaned, scored_texts, texts
-- makes: pending
-- takes: $cleaner, $revision, $scorer
CREATE OR REPLACE TEMP TABLE pending AS
SELECT t.rowid AS place, t.text_key
FROM texts AS t
ANTI JOIN (
    SELECT text_key FROM scored_texts WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS done USING (text_key)
SEMI JOIN (SELECT text_key FROM cleaned WHERE cleaner = $cleaner) AS posted USING (text_key)
WHERE t.cleaner = $cleaner
