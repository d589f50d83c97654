-- Rows of a file of scores, gathered while it is read. reason: why a row is none; null where it may be one.
-- reads: nothing
-- makes: given
CREATE OR REPLACE TEMP TABLE given (
    n        BIGINT,
    line     BIGINT,
    platform VARCHAR,
    post_id  VARCHAR,
    reason   VARCHAR,
    detail   VARCHAR,
    divided  BOOLEAN,
    neutral  FLOAT,
    happy    FLOAT,
    sad      FLOAT,
    anger    FLOAT,
    disgust  FLOAT,
    surprise FLOAT,
    fear     FLOAT,
    bearish  FLOAT,
    bullish  FLOAT
)
