-- Model texts that the store does not hold yet, each once.
-- reads: slice, texts
-- makes: texts
-- takes: $cleaner
INSERT INTO texts
SELECT t.text_key, $cleaner AS cleaner, t.text
FROM (SELECT md5_number(text) AS text_key, any_value(text) AS text FROM slice GROUP BY text_key) AS t
ANTI JOIN (SELECT text_key FROM texts WHERE cleaner = $cleaner) AS held USING (text_key)
