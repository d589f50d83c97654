-- Distinct model texts that posts of the store read as. A text whose posts were read anew as others, by `emtract ingest --again`,
-- stays with its scores and is of none.
-- reads: cleaned
-- makes: rows
-- takes: $cleaner
SELECT count(DISTINCT text_key) AS texts FROM cleaned WHERE cleaner = $cleaner
