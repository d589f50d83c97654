-- Those texts with the number of posts that read so, numbered from 0 as they stand, so that a slice is one stretch of `texts`.
-- reads: cleaned, pending
-- makes: unscored
-- takes: $cleaner
CREATE OR REPLACE TEMP TABLE unscored AS
SELECT row_number() OVER (ORDER BY p.place) - 1 AS n, p.place, p.text_key, count(*) AS posts
FROM pending AS p
JOIN cleaned AS c USING (text_key)
WHERE c.cleaner = $cleaner
GROUP BY p.place, p.text_key
