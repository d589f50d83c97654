-- The readings of an audit in the place of the store's own, for this connection: one row a text that was read.
-- reads: audit_slice
-- makes: audit_readings
-- takes: $cleaner, $revision, $scorer
CREATE OR REPLACE TEMP TABLE audit_readings AS
SELECT
    * REPLACE (text_key::UHUGEINT AS text_key),
    $cleaner AS cleaner,
    $scorer AS scorer,
    $revision AS revision
FROM audit_slice
