-- Dated values that are no firm's (VIX, sentiment indices, counts of news), each with the day on which it became public.

-- one value of one named series about one day, as it became public; key: source_id, name, session, available
CREATE TABLE observations (
    source_id   INTEGER NOT NULL,
    line        BIGINT NOT NULL,
    name        VARCHAR NOT NULL,
    session     DATE NOT NULL,
    available   DATE NOT NULL,
    before_open BOOLEAN NOT NULL,
    value       DOUBLE NOT NULL
);

UPDATE schema_version SET version = 10;
