-- Posts without a score of a scorer whose scores a file has brought.
-- reads: post_scores, posts
-- makes: rows
-- takes: $cleaner, $revision, $scorer
SELECT count(*) AS posts
FROM posts
ANTI JOIN (
    SELECT post_key FROM post_scores WHERE cleaner = $cleaner AND scorer = $scorer AND revision = $revision
) AS held USING (post_key)
