-- One row a distinct text: whether it uses a term of finance, and whether it carries a link; none where nobody asks.
-- reads: texts
-- makes: text_marks
-- takes: $cleaner, $finance, $link, $wanted
CREATE OR REPLACE TEMP TABLE text_marks AS
SELECT
    text_key,
    regexp_matches(text, $finance) AS is_finance,
    contains(text, $link) AS has_link
FROM texts
WHERE $wanted AND cleaner = $cleaner
