-- The same of scores that other instruments gave to posts.
SELECT post_key, cleaner, scorer, revision, count(*) AS n, max(neutral + happy + sad + anger + disgust + surprise + fear) AS total
FROM post_scores
GROUP BY post_key, cleaner, scorer, revision
HAVING
    count(*) > 1
    OR count(neutral + happy + sad + anger + disgust + surprise + fear) < count(*)
    OR NOT max(abs(neutral + happy + sad + anger + disgust + surprise + fear - 1)) < 1e-4
    OR NOT min(least(neutral, happy, sad, anger, disgust, surprise, fear)) >= 0
    OR count(bearish) <> count(bullish)
    OR NOT coalesce(min(least(bearish, bullish)), 0) >= 0
    OR NOT coalesce(max(bearish + bullish), 0) <= 1 + 1e-4
