-- Every cleaned post has its model text.
SELECT c.post_key, c.cleaner
FROM cleaned AS c
ANTI JOIN texts AS t USING (text_key, cleaner)
