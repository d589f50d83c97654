-- New posts, numbered in the order of the file after those that the store holds.
INSERT INTO posts
SELECT
    (SELECT coalesce(max(post_key), 0) FROM posts) + row_number() OVER (ORDER BY s.line) AS post_key,
    $source_id AS source_id,
    s.*
FROM staged_posts AS s
JOIN resolved AS r USING (line)
WHERE r.verdict = 'new'
ORDER BY s.line
