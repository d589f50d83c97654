-- What the cleaner made of the slice.
INSERT INTO cleaned
SELECT post_key, $cleaner AS cleaner, md5_number(text) AS text_key, kind, mended
FROM slice
