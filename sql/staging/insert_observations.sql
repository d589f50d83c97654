-- Values of series: what was stored first stands. A file that revises itself keeps its former value; one that contradicts another
-- file has none on that day.
-- reads: contradicted, staged_observations
-- makes: observations
INSERT INTO observations
SELECT s.source_id, s.line, s.name, s.session, s.available, s.before_open, coalesce(c.stood, s.value) AS value
FROM staged_observations AS s
LEFT JOIN contradicted AS c USING (source_id, line, name, session, available)
WHERE coalesce(c.is_own, TRUE)
ORDER BY s.line, s.name
