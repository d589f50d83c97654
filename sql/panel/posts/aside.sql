-- One row a scored post that is set aside before anything is averaged, with the first reason; none where nobody asks. A post is
-- outside the period, or names no firm that is asked for; it is in another language by the platform's tag, or where it has none by
-- its text (foreign_texts); spam is what was promoted. A post names the firm that bears the symbol on its day or takes it over within
-- five, since that may be its session.
-- reads: cleaned, firms, foreign_texts, post_symbols, posts, promoted, scores, texts, unasked
-- makes: aside
-- takes: $asked, $cleaner, $language, $revision, $scorer, $since_us, $until_us, $untold
CREATE OR REPLACE TEMP TABLE aside AS
WITH outside AS (
    SELECT s.post_key
    FROM scores AS s
    JOIN posts AS p USING (post_key)
    WHERE
        s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
        AND (epoch_us(p.created_at) < $since_us::BIGINT OR epoch_us(p.created_at) >= $until_us::BIGINT)
),
named AS (
    SELECT DISTINCT y.post_key
    FROM post_symbols AS y
    JOIN posts AS p USING (post_key)
    LEFT JOIN firms AS f ON f.symbol = y.symbol AND p.created_at::DATE BETWEEN f.first - 5 AND f.last
    ANTI JOIN unasked AS u ON u.firm = coalesce(f.firm, y.symbol)
    WHERE $asked
),
elsewhere AS (
    SELECT s.post_key
    FROM scores AS s
    ANTI JOIN named USING (post_key)
    ANTI JOIN outside USING (post_key)
    WHERE $asked AND s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
),
beyond AS (
    SELECT post_key, 'period' AS reason FROM outside
    UNION ALL
    SELECT post_key, 'symbols' FROM elsewhere
),
tagged AS (
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
SELECT post_key, reason FROM beyond
UNION ALL
SELECT post_key, 'language' FROM abroad ANTI JOIN beyond USING (post_key)
UNION ALL
SELECT post_key, 'spam' FROM promoted ANTI JOIN abroad USING (post_key) ANTI JOIN beyond USING (post_key)
