-- Scores of the posts that the rows of a file name by their ids; null where there is no such post, or it has none. A row whose
-- file names no platform, '', may find a post on each.
-- reads: posts, scores, slice
-- makes: rows
-- takes: $cleaner, $revision, $scorer
SELECT
    i.n,
    p.post_key IS NOT NULL AS is_known,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear
FROM slice AS i
LEFT JOIN posts AS p ON p.post_id = i.post_id AND (i.platform = '' OR p.platform = i.platform)
LEFT JOIN (
    SELECT * FROM scores WHERE scorer = $scorer AND revision = $revision AND cleaner = $cleaner
) AS s ON s.post_key = p.post_key
ORDER BY i.n
