-- Scores may tell the writer's stance: how likely the writer would tag the post bearish, or bullish; null where the scorer reads none.
DROP VIEW scores;
DROP VIEW scored_texts;
ALTER TABLE text_scores ADD COLUMN bearish FLOAT;
ALTER TABLE text_scores ADD COLUMN bullish FLOAT;
ALTER TABLE post_scores ADD COLUMN bearish FLOAT;
ALTER TABLE post_scores ADD COLUMN bullish FLOAT;
ALTER TABLE outside_shards ADD COLUMN stances BOOLEAN;

-- one distinct model text under one scorer revision and cleaner version; key: text_key, cleaner, scorer, revision
CREATE VIEW scored_texts AS SELECT * FROM text_scores;

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
    s.bearish,
    s.bullish,
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
    s.bearish,
    s.bullish,
    NULL AS n_tokens,
    NULL AS truncated
FROM cleaned AS c
JOIN post_scores AS s USING (post_key, cleaner);

UPDATE schema_version SET version = 9;
