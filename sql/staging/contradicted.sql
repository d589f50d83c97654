-- Staged values of series that contradict stored ones of the same name, day and day of publication. One row a staged row: what
-- stands, and whether only the older version of the same file says so. Where $same_reading is false that version counts for nothing.
-- reads: observations, sources, staged_observations
-- makes: contradicted
-- takes: $path, $same_reading
CREATE OR REPLACE TEMP TABLE contradicted AS
WITH standing AS (
    SELECT
        o.name,
        o.session,
        o.available,
        o.before_open,
        min_by(o.value, o.source_id) AS stood,
        bool_and(s.path = $path) AS is_own
    FROM observations AS o
    JOIN sources AS s USING (source_id)
    WHERE s.path <> $path OR $same_reading
    GROUP BY o.name, o.session, o.available, o.before_open
)
SELECT n.source_id, n.line, n.name, n.session, n.available, n.value, t.stood, t.is_own
FROM staged_observations AS n
JOIN standing AS t USING (name, session, available, before_open)
WHERE n.value <> t.stood
