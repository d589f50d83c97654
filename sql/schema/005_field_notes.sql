-- A damaged optional field does not cost the post: it is null, and counted here.
-- one field of one file that some posts do without, or that some make doubtful; key: source_id, field, reason
CREATE TABLE field_notes (
    source_id INTEGER NOT NULL,
    field     VARCHAR NOT NULL,
    reason    VARCHAR NOT NULL,
    rows      BIGINT NOT NULL
);

UPDATE schema_version SET version = 5;
