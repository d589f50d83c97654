-- Scores from outside, matched by platform and id; a post that has one of this scorer keeps it.
-- reads: imported, post_scores, posts
-- makes: post_scores
-- takes: $cleaner, $revision, $scorer
INSERT INTO post_scores BY NAME
SELECT
    p.post_key,
    $cleaner AS cleaner,
    $scorer AS scorer,
    $revision AS revision,
    i.neutral,
    i.happy,
    i.sad,
    i.anger,
    i.disgust,
    i.surprise,
    i.fear
FROM imported AS i
JOIN posts AS p ON p.platform = i.platform AND p.post_id = i.post_id
ANTI JOIN (
    SELECT post_key FROM post_scores WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS held USING (post_key)
ORDER BY p.post_key
