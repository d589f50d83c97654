-- Intraday bars, from which returns of the first and last half-hour are made.

-- one bar of one symbol; key: source_id, symbol, begins
CREATE TABLE bars (
    source_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    symbol    VARCHAR NOT NULL,
    begins    TIMESTAMP WITH TIME ZONE NOT NULL,
    ends      TIMESTAMP WITH TIME ZONE NOT NULL,
    open      DOUBLE NOT NULL,
    close     DOUBLE NOT NULL
);

UPDATE schema_version SET version = 11;
