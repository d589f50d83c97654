-- One row a firm, session and kind of cause: posts of the session that are about it, and the part of each emotion of the session's posts
-- that they carry. A post about several kinds counts in equal parts for each; what is about none has the kind none.
-- reads: cleaned, placed, text_kinds, texts
-- makes: rows
-- takes: $cleaner
WITH told AS (
    SELECT p.*, coalesce(k.kind, 'none') AS kind, coalesce(k.part, 1) AS part
    FROM placed AS p
    JOIN cleaned AS c ON c.post_key = p.post_key AND c.cleaner = $cleaner
    JOIN texts AS t ON t.text_key = c.text_key AND t.cleaner = $cleaner
    LEFT JOIN text_kinds AS k ON k.text = t.text
    WHERE p.has_price AND p.in_window
)
SELECT
    symbol,
    session,
    kind,
    count(*) AS n_posts,
    sum((part * COLUMNS(emotions()))::DECIMAL(18, 12))::DOUBLE
FROM told
GROUP BY symbol, session, kind
ORDER BY symbol, session, kind
