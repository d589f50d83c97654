-- One row a scored post that is set aside before anything is averaged, with the first reason; none where nobody asks. A post is in
-- another language by the platform's tag, or where it has none by its text (foreign_texts). Spam matches a rule of promotion, names
-- many symbols, or is the fourth or a later copy of a text of five words or more; reposts are no copies.
-- reads: cleaned, foreign_texts, post_symbols, posts, scores, texts
-- makes: aside
-- takes: $cleaner, $language, $most_symbols, $promotion, $revision, $scorer, $spam, $untold
CREATE OR REPLACE TEMP TABLE aside AS
WITH known AS (
    SELECT
        s.post_key,
        nullif(regexp_extract(lower(p.language), '^[a-z]+'), '') AS tag,
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
    WHERE
        ($language::VARCHAR IS NOT NULL OR $spam)
        AND s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
),
many AS (
    SELECT post_key FROM post_symbols GROUP BY post_key HAVING count(*) > $most_symbols
),
judged AS (
    SELECT
        k.post_key,
        CASE
            WHEN $language::VARCHAR IS NULL THEN NULL
            WHEN k.tag IS NOT NULL AND NOT list_contains($untold, k.tag) AND k.tag <> $language THEN 'language'
            WHEN (k.tag IS NULL OR list_contains($untold, k.tag)) AND f.text IS NOT NULL THEN 'language'
        END AS by_language,
        CASE
            WHEN $spam AND (regexp_matches(k.text, $promotion) OR (k.may_be_copy AND k.nth > 3) OR m.post_key IS NOT NULL) THEN 'spam'
        END AS by_rule
    FROM known AS k
    LEFT JOIN foreign_texts AS f USING (text)
    LEFT JOIN many AS m USING (post_key)
)
SELECT post_key, coalesce(by_language, by_rule) AS reason
FROM judged
WHERE by_language IS NOT NULL OR by_rule IS NOT NULL
