-- One row a text that is drawn: its earliest post as it was written, and what the scorer reads in it, a mean over posts where they
-- were scored each by itself.
-- reads: cleaned, placed, posts, tag_drawn
-- makes: rows
-- takes: $cleaner
SELECT
    c.text_key::VARCHAR AS "key",
    arg_min(b.body, (b.created_at, b.platform, b.post_id)) AS body,
    mean_of(1, COLUMNS(emotions()))
FROM (SELECT DISTINCT text_key FROM tag_drawn) AS d
JOIN cleaned AS c ON c.text_key = d.text_key AND c.cleaner = $cleaner
JOIN placed AS p ON p.post_key = c.post_key
JOIN posts AS b ON b.post_key = c.post_key
WHERE p.has_price AND p.in_window
GROUP BY c.text_key
ORDER BY c.text_key
