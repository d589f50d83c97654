-- One row a text of the sample: the first post that reads so, as it was posted.
-- reads: compared, posts
-- makes: rows
SELECT c.n, c.kind, c.of, p.body, p.created_at
FROM compared AS c
JOIN posts AS p USING (post_key)
ORDER BY c.n
