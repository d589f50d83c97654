-- Dimensions that another revision of this reader read, or of texts of another cleaner, leave the store.
-- reads: nothing
-- makes: text_dimensions
-- takes: $cleaner, $reader, $revision
DELETE FROM text_dimensions WHERE reader = $reader AND (revision <> $revision OR cleaner <> $cleaner)
