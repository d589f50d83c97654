-- Fields that posts of the newest reading of each file do without, beside how many posts it has. One row a file, field and reason.
-- reads: field_notes, sources
-- makes: rows
WITH newest AS (
    SELECT source_id, path, rows_kept + rows_repeated AS posts
    FROM sources
    QUALIFY source_id = max(source_id) OVER (PARTITION BY path)
)
SELECT n.path, f.field, f.reason, f.rows, n.posts
FROM field_notes AS f
JOIN newest AS n USING (source_id)
ORDER BY n.path, f.field, f.reason
