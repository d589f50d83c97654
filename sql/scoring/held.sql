-- One row a scorer revision and cleaner: scores of texts in the store, of texts in files outside it, and of posts.
-- reads: outside_shards, post_scores, text_scores
-- makes: rows
SELECT
    scorer,
    revision,
    cleaner,
    CAST(sum(texts) AS BIGINT) AS texts,
    CAST(sum(outside) AS BIGINT) AS outside,
    CAST(sum(posts) AS BIGINT) AS posts
FROM (
    SELECT scorer, revision, cleaner, count(*) AS texts, 0 AS outside, 0 AS posts FROM text_scores GROUP BY ALL
    UNION ALL
    SELECT scorer, revision, cleaner, 0 AS texts, sum(rows) AS outside, 0 AS posts FROM outside_shards GROUP BY ALL
    UNION ALL
    SELECT scorer, revision, cleaner, 0 AS texts, 0 AS outside, count(*) AS posts FROM post_scores GROUP BY ALL
) AS counted
GROUP BY scorer, revision, cleaner
ORDER BY scorer, revision, cleaner
