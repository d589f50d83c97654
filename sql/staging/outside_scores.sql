-- Scores of texts, including scores in files outside the store; a connection's own view, over the files it was allowed to read.
-- Where some have the columns of stances and others not, each query reads the columns of all of them first.
-- reads: outside_shards, text_scores
-- makes: scored_texts
CREATE OR REPLACE TEMP VIEW scored_texts AS
SELECT * FROM text_scores
UNION ALL BY NAME
SELECT
    f.* EXCLUDE (filename) REPLACE (CAST(CAST(f.text_key AS UUID) AS UHUGEINT) AS text_key),
    o.cleaner,
    o.scorer,
    o.revision
FROM read_parquet(
    getvariable('outside_shards'),
    filename = true,
    hive_partitioning = false,
    union_by_name = getvariable('outside_differ')
) AS f
JOIN outside_shards AS o ON o.path = f.filename
