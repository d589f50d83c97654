-- Scores of a slice of texts that had none; a scorer that reads no stance has no columns of them.
-- reads: slice
-- makes: text_scores
-- takes: $cleaner, $revision, $scorer
INSERT INTO text_scores BY NAME
SELECT
    * REPLACE (CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key),
    $cleaner AS cleaner,
    $scorer AS scorer,
    $revision AS revision
FROM slice
