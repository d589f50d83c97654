-- One row a scorer revision and cleaner: posts that have a score.
-- reads: scores
-- makes: rows
SELECT scorer, revision, cleaner, count(*) AS posts FROM scores GROUP BY ALL ORDER BY ALL
