-- Fields that posts of the staged lines do without, and repeated lines whose post stands with another time, added to the fields of
-- earlier parts of the same files.
-- reads: posts, resolved, staged_notes, staged_posts
-- makes: field_notes
-- takes: $other_time
MERGE INTO field_notes AS f
USING (
    SELECT source_id, field, reason, count(*) AS rows
    FROM staged_notes
    GROUP BY source_id, field, reason
    UNION ALL
    SELECT s.source_id, 'created_at' AS field, $other_time AS reason, count(*) AS rows
    FROM staged_posts AS s
    JOIN resolved AS r USING (n)
    JOIN posts AS p USING (post_key)
    WHERE r.verdict = 'repeated' AND abs(epoch_us(p.created_at) - epoch_us(s.created_at)) >= 1_000_000
    GROUP BY s.source_id
) AS n
ON f.source_id = n.source_id AND f.field = n.field AND f.reason = n.reason
WHEN MATCHED THEN UPDATE SET rows = f.rows + n.rows
WHEN NOT MATCHED THEN INSERT (source_id, field, reason, rows) VALUES (n.source_id, n.field, n.reason, n.rows)
