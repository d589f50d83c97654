-- One row a distinct text of posts with a writer's tag and a clear reading: the first of them by time, near-copies as one.
-- reads: cleaned, posts, readings, text_copies, texts
-- makes: rows
-- takes: $cleaner, $clear, $kinds
SELECT
    r.author_id,
    r.has_author,
    p.sentiment = 'bullish' AS is_bullish,
    r.happy > $clear::DOUBLE AS is_positive,
    t.text
FROM readings AS r
JOIN posts AS p USING (post_key)
JOIN cleaned AS c ON c.post_key = r.post_key AND c.cleaner = $cleaner
JOIN texts AS t ON t.text_key = c.text_key AND t.cleaner = $cleaner
JOIN text_copies AS x ON x.text_key = c.text_key
WHERE
    p.sentiment IS NOT NULL
    AND list_contains($kinds, r.kind)
    AND (r.happy > $clear::DOUBLE OR r.sad + r.anger + r.disgust + r.fear > $clear::DOUBLE)
QUALIFY row_number() OVER (PARTITION BY x.copy ORDER BY r.created_at, r.post_key) = 1
ORDER BY r.post_key
