-- Instruments whose scores the store holds.
-- reads: post_scores, scored_texts
-- makes: rows
SELECT DISTINCT scorer, revision, cleaner FROM scored_texts
UNION
SELECT DISTINCT scorer, revision, cleaner FROM post_scores
ORDER BY ALL
