-- Lines that could not be parsed, and lines that give a stored id another text.
-- reads: resolved, staged_posts, staged_rejected
-- makes: quarantine
INSERT INTO quarantine
SELECT source_id, line, reason, detail
FROM staged_rejected
UNION ALL
SELECT
    s.source_id,
    s.line,
    'id already stored with another text',
    left(s.platform || ' ' || s.post_id || ': ' || s.body, 300)
FROM staged_posts AS s
JOIN resolved AS r USING (n)
WHERE r.verdict = 'conflict'
ORDER BY ALL
