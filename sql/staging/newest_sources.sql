-- The newest reading of each path.
-- reads: sources
-- makes: rows
SELECT source_id, path, kind, format, mapping, sha256, bytes, modified_ns, last_line, finished
FROM sources
QUALIFY source_id = max(source_id) OVER (PARTITION BY path)
