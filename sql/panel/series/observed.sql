-- One row a session and series: the newest value that was public before the session's open, within $max_age_days of the day that
-- it describes; null where there is none. A value of the session's own morning counts only where it is known before the open. A
-- restatement of an earlier day does not replace the value of a later one.
-- reads: asked_sessions, observations
-- makes: rows
-- takes: $max_age_days, $names
SELECT
    a.session,
    a.name,
    CASE WHEN a.session - p.described <= $max_age_days THEN p.value END AS value,
    a.session - p.described AS age
FROM (SELECT session, unnest($names) AS name FROM asked_sessions) AS a
ASOF LEFT JOIN (
    SELECT name, session AS described, value, usable
    FROM (
        SELECT *, available + CASE WHEN before_open THEN 0 ELSE 1 END AS usable
        FROM observations
        WHERE list_contains($names, name)
        QUALIFY row_number() OVER (PARTITION BY name, usable ORDER BY session DESC, available DESC, source_id, line) = 1
    ) AS published
    QUALIFY described >= max(described) OVER (PARTITION BY name ORDER BY usable)
) AS p
    ON p.name = a.name AND p.usable <= a.session
ORDER BY a.session, a.name
