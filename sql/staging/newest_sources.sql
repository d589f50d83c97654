-- The newest reading of each path; files of scores are read by a verb of their own.
-- reads: sources
-- makes: rows
SELECT source_id, path, kind, format, mapping, sha256, bytes, modified_ns, last_line, finished
FROM sources
WHERE kind <> 'scores'
QUALIFY source_id = max(source_id) OVER (PARTITION BY path)
