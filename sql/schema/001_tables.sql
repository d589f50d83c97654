-- Stored tables. Grain, key and meaning of each column: emtract/schema.py (a test keeps the two equal).
-- No primary keys: the loaders anti-join, and an index makes bulk loading several times slower.
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (1);

-- one input file, read to its end; key: source_id (002 adds how far)
CREATE TABLE sources (
    source_id     INTEGER NOT NULL,
    path          VARCHAR NOT NULL,
    kind          VARCHAR NOT NULL,
    format        VARCHAR NOT NULL,
    mapping       VARCHAR NOT NULL,
    sha256        VARCHAR NOT NULL,
    bytes         BIGINT NOT NULL,
    modified_ns   BIGINT NOT NULL,
    rows_read     BIGINT NOT NULL,
    rows_kept     BIGINT NOT NULL,
    rows_repeated BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL
);

-- one post; key: post_key
CREATE TABLE posts (
    post_key   BIGINT NOT NULL,
    source_id  INTEGER NOT NULL,
    line       BIGINT NOT NULL,
    platform   VARCHAR NOT NULL,
    post_id    VARCHAR NOT NULL,
    author_id  VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    body       VARCHAR NOT NULL,
    followers  BIGINT,
    verified   BOOLEAN,
    repost_of  VARCHAR,
    sentiment  VARCHAR,
    language   VARCHAR
);

-- one symbol named by one post; key: post_key, symbol
CREATE TABLE post_symbols (
    post_key BIGINT NOT NULL,
    symbol   VARCHAR NOT NULL,
    origin   VARCHAR NOT NULL
);

-- one line kept out of the store; key: source_id, line, reason
CREATE TABLE quarantine (
    source_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    reason    VARCHAR NOT NULL,
    detail    VARCHAR NOT NULL
);

-- one symbol on one session; key: symbol, session
CREATE TABLE prices (
    source_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    symbol    VARCHAR NOT NULL,
    session   DATE NOT NULL,
    open      DOUBLE NOT NULL,
    high      DOUBLE,
    low       DOUBLE,
    close     DOUBLE NOT NULL,
    adj_close DOUBLE,
    volume    DOUBLE
);

-- one post under one cleaner version; key: post_key, cleaner
CREATE TABLE cleaned (
    post_key BIGINT NOT NULL,
    cleaner  VARCHAR NOT NULL,
    text_key UHUGEINT NOT NULL,
    kind     VARCHAR NOT NULL
);

-- one distinct model text under one cleaner version; key: text_key, cleaner
CREATE TABLE texts (
    text_key UHUGEINT NOT NULL,
    cleaner  VARCHAR NOT NULL,
    text     VARCHAR NOT NULL
);

-- one distinct model text under one scorer revision and cleaner version; key: text_key, cleaner, scorer, revision
CREATE TABLE text_scores (
    text_key  UHUGEINT NOT NULL,
    cleaner   VARCHAR NOT NULL,
    scorer    VARCHAR NOT NULL,
    revision  VARCHAR NOT NULL,
    neutral   FLOAT NOT NULL,
    happy     FLOAT NOT NULL,
    sad       FLOAT NOT NULL,
    anger     FLOAT NOT NULL,
    disgust   FLOAT NOT NULL,
    surprise  FLOAT NOT NULL,
    fear      FLOAT NOT NULL,
    n_tokens  INTEGER NOT NULL,
    truncated BOOLEAN NOT NULL
);

-- one post under one imported scorer revision; key: post_key, cleaner, scorer, revision
CREATE TABLE post_scores (
    post_key BIGINT NOT NULL,
    cleaner  VARCHAR NOT NULL,
    scorer   VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    neutral  FLOAT NOT NULL,
    happy    FLOAT NOT NULL,
    sad      FLOAT NOT NULL,
    anger    FLOAT NOT NULL,
    disgust  FLOAT NOT NULL,
    surprise FLOAT NOT NULL,
    fear     FLOAT NOT NULL
);

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
JOIN text_scores AS s USING (text_key, cleaner)
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
