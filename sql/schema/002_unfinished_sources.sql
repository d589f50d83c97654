-- A large file is committed in parts: how far it is read, and whether to its end. Files of older stores were read whole.
CREATE TABLE sources_with_parts (
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
    rows_rejected BIGINT NOT NULL,
    last_line     BIGINT NOT NULL,
    finished      BOOLEAN NOT NULL
);
INSERT INTO sources_with_parts SELECT *, 0, true FROM sources;
DROP TABLE sources;
ALTER TABLE sources_with_parts RENAME TO sources;
UPDATE schema_version SET version = 2;
