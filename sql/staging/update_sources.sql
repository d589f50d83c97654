-- Sources whose earlier parts the store holds: these lines add to theirs.
-- reads: counted, read_sources
-- makes: sources
UPDATE sources AS s
SET
    rows_read = s.rows_read + coalesce(c.rows_read, 0),
    rows_kept = s.rows_kept + coalesce(c.rows_kept, 0),
    rows_repeated = s.rows_repeated + coalesce(c.rows_repeated, 0),
    rows_rejected = s.rows_rejected + coalesce(c.rows_rejected, 0),
    last_line = greatest(s.last_line, coalesce(c.last_line, 0)),
    finished = r.finished
FROM read_sources AS r
LEFT JOIN counted AS c USING (source_id)
WHERE s.source_id = r.source_id
