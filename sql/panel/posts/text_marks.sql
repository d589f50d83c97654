-- One row a distinct text: whether it uses a term of finance, whether it carries a link, and whether it is about the price (1) or about
-- news (0); none where nobody asks.
-- reads: text_sides, texts
-- makes: text_marks
-- takes: $cleaner, $finance, $link, $wanted
CREATE OR REPLACE TEMP TABLE text_marks AS
SELECT
    t.text_key,
    regexp_matches(t.text, $finance) AS is_finance,
    contains(t.text, $link) AS has_link,
    s.about_price
FROM texts AS t
LEFT JOIN text_sides AS s USING (text)
WHERE $wanted AND t.cleaner = $cleaner
