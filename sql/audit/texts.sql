-- One row a distinct readable text that this scorer has read, in a random order that $seed alone decides: how many posts read so, the
-- days of its first and last post, the symbols that they name, and the reading.
-- reads: cleaned, post_symbols, posts, scored_texts, texts
-- makes: rows
-- takes: $cleaner, $kinds, $most, $revision, $scorer, $seed
WITH held AS (
    SELECT
        c.text_key,
        count(*) AS posts,
        min(p.created_at)::DATE AS first,
        max(p.created_at)::DATE AS last
    FROM cleaned AS c
    JOIN posts AS p USING (post_key)
    WHERE c.cleaner = $cleaner AND list_contains($kinds, c.kind)
    GROUP BY c.text_key
),
named AS (
    SELECT c.text_key, list_sort(list(DISTINCT y.symbol)) AS symbols
    FROM cleaned AS c
    JOIN post_symbols AS y USING (post_key)
    WHERE c.cleaner = $cleaner
    GROUP BY c.text_key
)
SELECT
    h.text_key::VARCHAR AS "key",
    t.text,
    h.posts,
    h.first,
    h.last,
    coalesce(n.symbols, []) AS symbols,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear,
    s.bearish,
    s.bullish
FROM held AS h
JOIN texts AS t ON t.text_key = h.text_key AND t.cleaner = $cleaner
JOIN scored_texts AS s ON s.text_key = h.text_key AND s.cleaner = $cleaner AND s.scorer = $scorer AND s.revision = $revision
LEFT JOIN named AS n ON n.text_key = h.text_key
ORDER BY md5(concat_ws(' ', $seed::BIGINT, h.text_key)), h.text_key
LIMIT coalesce($most::BIGINT, 9223372036854775807)
