-- Files behind the store; of a price file that was read again only the newest reading, which replaced the older.
-- reads: sources
-- makes: rows
SELECT path, kind, sha256, bytes, rows_read, rows_rejected
FROM sources
QUALIFY kind = 'posts' OR source_id = max(source_id) OVER (PARTITION BY path, kind)
ORDER BY kind, path, source_id
