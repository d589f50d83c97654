-- Dimensions of a slice of texts that had none.
-- reads: slice
-- makes: text_dimensions
-- takes: $cleaner, $reader, $revision
INSERT INTO text_dimensions BY NAME
SELECT
    * REPLACE (CAST(CAST(text_key AS UUID) AS UHUGEINT) AS text_key),
    $cleaner AS cleaner,
    $reader AS reader,
    $revision AS revision
FROM slice
