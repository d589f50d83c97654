-- Fields that posts of the staged lines do without, added to the fields of earlier parts of the same files.
-- reads: staged_notes
-- makes: field_notes
MERGE INTO field_notes AS f
USING (
    SELECT source_id, field, reason, count(*) AS rows
    FROM staged_notes
    GROUP BY source_id, field, reason
) AS n
ON f.source_id = n.source_id AND f.field = n.field AND f.reason = n.reason
WHEN MATCHED THEN UPDATE SET rows = f.rows + n.rows
WHEN NOT MATCHED THEN INSERT (source_id, field, reason, rows) VALUES (n.source_id, n.field, n.reason, n.rows)
