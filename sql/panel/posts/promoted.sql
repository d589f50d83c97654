-- One row a scored post that is likely spam or promotion: it matches a rule, names more than $most_symbols symbols, or is the fourth or
-- a later copy of a text of five words or more; reposts are no copies. None where nobody asks.
-- reads: cleaned, post_symbols, posts, scores, texts
-- makes: promoted
-- takes: $cleaner, $most_symbols, $promotion, $revision, $scorer, $wanted
CREATE OR REPLACE TEMP TABLE promoted AS
WITH known AS (
    SELECT
        s.post_key,
        t.text,
        p.repost_of IS NULL AND NOT regexp_matches(p.body, '^\s*RT\W') AND t.text LIKE '% % % % %' AS may_be_copy,
        row_number() OVER (
            PARTITION BY c.text_key, p.repost_of IS NULL AND NOT regexp_matches(p.body, '^\s*RT\W')
            ORDER BY p.created_at, p.post_id
        ) AS nth
    FROM scores AS s
    JOIN posts AS p USING (post_key)
    LEFT JOIN cleaned AS c ON c.post_key = s.post_key AND c.cleaner = $cleaner
    LEFT JOIN texts AS t ON t.text_key = c.text_key AND t.cleaner = $cleaner
    WHERE $wanted AND s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
),
many AS (
    SELECT post_key FROM post_symbols GROUP BY post_key HAVING count(*) > $most_symbols
)
SELECT k.post_key
FROM known AS k
LEFT JOIN many AS m USING (post_key)
WHERE regexp_matches(k.text, $promotion) OR (k.may_be_copy AND k.nth > 3) OR m.post_key IS NOT NULL
