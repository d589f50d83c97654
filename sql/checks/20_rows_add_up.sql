-- Every row of every file is kept, repeated or rejected, and what was kept is there.
SELECT path, rows_read, rows_kept, rows_repeated, rows_rejected
FROM sources
WHERE rows_read <> rows_kept + rows_repeated + rows_rejected
UNION ALL
SELECT 'all posts', sum(rows_kept), (SELECT count(*) FROM posts), 0, 0
FROM sources
WHERE kind = 'posts'
HAVING coalesce(sum(rows_kept), 0) <> (SELECT count(*) FROM posts)
