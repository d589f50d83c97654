-- Published return series, one row a name and session; the newest source tells.
SELECT name, session, value
FROM series
WHERE list_contains($names, name)
QUALIFY row_number() OVER (PARTITION BY name, session ORDER BY source_id DESC, line DESC) = 1
ORDER BY name, session
