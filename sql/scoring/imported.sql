-- Revisions of a scorer whose scores a file has brought.
-- reads: post_scores
-- makes: rows
-- takes: $scorer
SELECT DISTINCT scorer, revision, cleaner
FROM post_scores
WHERE scorer = $scorer
ORDER BY ALL
