-- Scores of a slice of texts that had none.
-- reads: slice
-- makes: text_scores
-- takes: $cleaner, $revision, $scorer
INSERT INTO text_scores
SELECT
    CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key,
    $cleaner AS cleaner,
    $scorer AS scorer,
    $revision AS revision,
    neutral,
    happy,
    sad,
    anger,
    disgust,
    surprise,
    fear,
    n_tokens,
    truncated
FROM slice
