-- One row a distinct text: what it shares with its near-copies (its letters alone; the text itself where it has none), and its words;
-- none where nobody asks.
-- reads: texts
-- makes: text_copies
-- takes: $cleaner, $wanted
CREATE OR REPLACE TEMP TABLE text_copies AS
WITH bare AS (
    SELECT
        text_key,
        text,
        regexp_replace(lower(text), '[^\p{L}]+', ' ', 'g') AS letters
    FROM texts
    WHERE $wanted AND cleaner = $cleaner
)
SELECT
    text_key,
    md5_number_lower(CASE WHEN trim(letters) = '' THEN text ELSE trim(letters) END) AS copy,
    len(string_split(trim(letters), ' ')) AS words
FROM bare
