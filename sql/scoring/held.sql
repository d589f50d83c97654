-- One row a revision of a scorer or reader of dimensions, and cleaner: texts in the store, texts in files outside it, and posts.
-- reads: outside_shards, post_scores, text_dimensions, text_scores
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
    UNION ALL
    SELECT reader AS scorer, revision, cleaner, count(*) AS texts, 0 AS outside, 0 AS posts FROM text_dimensions GROUP BY ALL
) AS counted
GROUP BY scorer, revision, cleaner
ORDER BY scorer, revision, cleaner
