-- Sources that are new: their rows say what became of every line so far.
-- reads: counted, read_sources, sources
-- makes: sources
INSERT INTO sources
SELECT
    r.source_id, r.path, r.kind, r.format, r.mapping, r.sha256, r.bytes, r.modified_ns,
    coalesce(c.rows_read, 0), coalesce(c.rows_kept, 0), coalesce(c.rows_repeated, 0), coalesce(c.rows_rejected, 0),
    coalesce(c.last_line, 0), r.finished
FROM read_sources AS r
LEFT JOIN counted AS c USING (source_id)
ANTI JOIN sources AS s USING (source_id)
ORDER BY r.source_id
