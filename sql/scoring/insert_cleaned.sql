-- What the cleaner made of the slice.
-- reads: slice
-- makes: cleaned
-- takes: $cleaner
INSERT INTO cleaned
SELECT post_key, $cleaner AS cleaner, md5_number(text) AS text_key, kind, mended
FROM slice
