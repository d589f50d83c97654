-- One row a scored post that is set aside before anything is averaged, with the first reason; none where nobody asks. A post is in
-- another language by the platform's tag, or where it has none by its text (foreign_texts); spam is what was promoted.
-- reads: cleaned, foreign_texts, posts, promoted, scores, texts
-- makes: aside
-- takes: $cleaner, $language, $revision, $scorer, $untold
CREATE OR REPLACE TEMP TABLE aside AS
WITH tagged AS (
    SELECT s.post_key, t.text, nullif(regexp_extract(lower(p.language), '^[a-z]+'), '') AS tag
    FROM scores AS s
    JOIN posts AS p USING (post_key)
    LEFT JOIN cleaned AS c ON c.post_key = s.post_key AND c.cleaner = $cleaner
    LEFT JOIN texts AS t ON t.text_key = c.text_key AND t.cleaner = $cleaner
    WHERE
        $language::VARCHAR IS NOT NULL
        AND s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
),
abroad AS (
    SELECT k.post_key
    FROM tagged AS k
    LEFT JOIN foreign_texts AS f USING (text)
    WHERE CASE
        WHEN k.tag IS NULL OR list_contains($untold, k.tag) THEN f.text IS NOT NULL
        ELSE k.tag <> $language
    END
)
SELECT post_key, 'language' AS reason FROM abroad
UNION ALL
SELECT post_key, 'spam' AS reason FROM promoted ANTI JOIN abroad USING (post_key)
