-- One slice of them with their text.
-- reads: posts, uncleaned
-- makes: rows
-- takes: $start, $stop
SELECT u.post_key, p.body
FROM uncleaned AS u
JOIN posts AS p USING (post_key)
WHERE u.n >= $start AND u.n < $stop
ORDER BY u.n
