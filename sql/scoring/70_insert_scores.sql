-- Scores of the slice.
INSERT INTO text_scores
SELECT
    u.text_key,
    $cleaner AS cleaner,
    $scorer AS scorer,
    $revision AS revision,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear,
    s.n_tokens,
    s.truncated
FROM slice AS s
JOIN unscored AS u USING (n)
ORDER BY s.n
