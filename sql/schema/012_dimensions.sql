-- Dimensions of a text as a reader of dimensions gives them, beside its scores; empty where nobody asks for them.

-- one distinct model text under one reader revision and cleaner version; key: text_key, cleaner, reader, revision
CREATE TABLE text_dimensions (
    text_key  UHUGEINT NOT NULL,
    cleaner   VARCHAR NOT NULL,
    reader    VARCHAR NOT NULL,
    revision  VARCHAR NOT NULL,
    pleasure  FLOAT NOT NULL,
    arousal   FLOAT NOT NULL,
    dominance FLOAT NOT NULL
);

-- one post under one reader revision and cleaner version; key: post_key, cleaner, reader, revision
CREATE VIEW dimensions AS
SELECT c.post_key, d.cleaner, d.reader, d.revision, d.pleasure, d.arousal, d.dominance
FROM cleaned AS c
JOIN text_dimensions AS d USING (text_key, cleaner);

UPDATE schema_version SET version = 12;
