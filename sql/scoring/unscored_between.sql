-- The same, of posts written at or after $since and before $until.
-- reads: cleaned, pending, posts
-- makes: unscored
-- takes: $cleaner, $since, $until
CREATE OR REPLACE TEMP TABLE unscored AS
SELECT row_number() OVER (ORDER BY p.place) - 1 AS n, p.place, p.text_key, count(*) AS posts
FROM pending AS p
JOIN cleaned AS c USING (text_key)
JOIN posts AS w USING (post_key)
WHERE c.cleaner = $cleaner AND w.created_at >= $since AND w.created_at < $until
GROUP BY p.place, p.text_key
