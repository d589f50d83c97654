-- New posts.
-- reads: resolved, staged_posts
-- makes: posts
INSERT INTO posts
SELECT r.post_key, s.* EXCLUDE (n)
FROM staged_posts AS s
JOIN resolved AS r USING (n)
WHERE r.verdict = 'new'
ORDER BY r.post_key
