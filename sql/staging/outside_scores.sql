-- Scores of texts, those in files outside the store included; a connection's own view, over the files it was allowed to read.
-- reads: outside_shards, text_scores
-- makes: scored_texts
CREATE OR REPLACE TEMP VIEW scored_texts AS
SELECT * FROM text_scores
UNION ALL
SELECT
    CAST(CAST(f.text_key AS UUID) AS UHUGEINT) AS text_key,
    o.cleaner,
    o.scorer,
    o.revision,
    f.neutral,
    f.happy,
    f.sad,
    f.anger,
    f.disgust,
    f.surprise,
    f.fear,
    f.n_tokens,
    f.truncated
FROM read_parquet(getvariable('outside_shards'), filename = true, hive_partitioning = false) AS f
JOIN outside_shards AS o ON o.path = f.filename
