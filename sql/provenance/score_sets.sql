-- One row a scorer revision, cleaner and kind of score: how many scores there are, and a digest of them in any order. Scores without
-- a stance have the digest that they had before there were stances. Dimensions stand under their reader, where there are any.
-- reads: post_scores, scored_texts, text_dimensions
-- makes: rows
SELECT
    scorer,
    revision,
    cleaner,
    of,
    count(*) AS count,
    md5(concat_ws(' ', count(*), bit_xor(row_hash), sum(CAST(row_hash AS HUGEINT)))) AS digest
FROM (
    SELECT
        scorer,
        revision,
        cleaner,
        'texts' AS of,
        CASE WHEN bearish IS NULL
            THEN hash(text_key, neutral, happy, sad, anger, disgust, surprise, fear, n_tokens, truncated)
            ELSE hash(text_key, neutral, happy, sad, anger, disgust, surprise, fear, n_tokens, truncated, bearish, bullish)
        END AS row_hash
    FROM scored_texts
    UNION ALL
    SELECT
        scorer,
        revision,
        cleaner,
        'posts' AS of,
        CASE WHEN bearish IS NULL
            THEN hash(post_key, neutral, happy, sad, anger, disgust, surprise, fear)
            ELSE hash(post_key, neutral, happy, sad, anger, disgust, surprise, fear, bearish, bullish)
        END AS row_hash
    FROM post_scores
    UNION ALL
    SELECT
        reader AS scorer, revision, cleaner, 'dimensions' AS of, hash(text_key, pleasure, arousal, dominance) AS row_hash
    FROM text_dimensions
) AS hashed
GROUP BY scorer, revision, cleaner, of
ORDER BY scorer, revision, cleaner, of
