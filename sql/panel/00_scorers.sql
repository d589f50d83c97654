-- Instruments whose scores the store holds.
SELECT DISTINCT scorer, revision, cleaner FROM text_scores
UNION
SELECT DISTINCT scorer, revision, cleaner FROM post_scores
ORDER BY ALL
