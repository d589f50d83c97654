-- Price lines that could not be read, and those that contradict a stored price.
-- reads: resolved, staged_prices, staged_rejected
-- makes: quarantine
INSERT INTO quarantine
SELECT source_id, line, reason, detail
FROM staged_rejected
UNION ALL
SELECT s.source_id, s.line, 'session already stored with another price', s.symbol || ' ' || s.session
FROM staged_prices AS s
JOIN resolved AS r USING (line)
WHERE r.verdict = 'conflict'
ORDER BY ALL
