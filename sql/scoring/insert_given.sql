-- Scores of a file join the scores of the store; a post that has a score of this revision keeps it, which is the same.
-- reads: fates, given, post_scores
-- makes: post_scores
-- takes: $cleaner, $revision, $scorer
INSERT INTO post_scores
SELECT
    f.post_key,
    $cleaner AS cleaner,
    $scorer AS scorer,
    $revision AS revision,
    g.neutral,
    g.happy,
    g.sad,
    g.anger,
    g.disgust,
    g.surprise,
    g.fear,
    g.bearish,
    g.bullish
FROM fates AS f
JOIN given AS g USING (n)
ANTI JOIN (
    SELECT post_key FROM post_scores WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS held ON held.post_key = f.post_key
WHERE f.fate = 'kept'
ORDER BY f.post_key
