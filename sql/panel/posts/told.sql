-- How many readable posts there are, and how many of them tell what a filter may ask; one row.
-- reads: posts, readings
-- makes: rows
-- takes: $kinds
SELECT
    count(*) AS posts,
    count(p.language) AS "language",
    count(p.verified) AS verified,
    count(p.followers) AS followers,
    count(p.author_id) AS author
FROM readings AS r
JOIN posts AS p USING (post_key)
WHERE list_contains($kinds, r.kind)
