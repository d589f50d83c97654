-- Shards of scores can stay outside the store: their files, and the view through which every query reads scores of texts. A
-- connection that finds such files puts a temporary view of the same name in its place (emtract/store/outside.py).
-- one Parquet file of scores that stays where it is; key: path
CREATE TABLE outside_shards (
    path     VARCHAR NOT NULL,
    sha256   VARCHAR NOT NULL,
    rows     BIGINT NOT NULL,
    scorer   VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    cleaner  VARCHAR NOT NULL
);

-- one distinct model text under one scorer revision and cleaner version; key: text_key, cleaner, scorer, revision
CREATE VIEW scored_texts AS SELECT * FROM text_scores;

DROP VIEW scores;

-- one post under one scorer revision and cleaner version; key: post_key, cleaner, scorer, revision
CREATE VIEW scores AS
SELECT
    c.post_key,
    s.cleaner,
    s.scorer,
    s.revision,
    c.kind,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear,
    s.happy - (s.sad + s.anger + s.disgust + s.fear) AS valence,
    s.n_tokens,
    s.truncated
FROM cleaned AS c
JOIN scored_texts AS s USING (text_key, cleaner)
UNION ALL
SELECT
    c.post_key,
    s.cleaner,
    s.scorer,
    s.revision,
    c.kind,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear,
    s.happy - (s.sad + s.anger + s.disgust + s.fear) AS valence,
    NULL AS n_tokens,
    NULL AS truncated
FROM cleaned AS c
JOIN post_scores AS s USING (post_key, cleaner);

UPDATE schema_version SET version = 4;
