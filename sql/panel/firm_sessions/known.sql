-- One row a characteristic that some file tells of: firm-sessions of the panel that have it, and why the others lack it.
-- reads: characteristics, firms, known, panel_keys
-- makes: rows
-- takes: $names
SELECT
    n.name,
    count(k.value) AS known,
    count(*) FILTER (WHERE t.symbol IS NULL) AS absent,
    count(*) FILTER (WHERE t.symbol IS NOT NULL AND k.firm IS NULL) AS early,
    count(*) FILTER (WHERE k.stale) AS stale,
    strftime(max(max(t.newest)) OVER (PARTITION BY n.name), '%Y-%m-%d') AS newest
FROM panel_keys AS p
CROSS JOIN (SELECT DISTINCT name FROM characteristics WHERE list_contains($names, name)) AS n
LEFT JOIN (
    SELECT coalesce(f.firm, c.symbol) AS symbol, c.name, max(c.available) AS newest
    FROM characteristics AS c
    LEFT JOIN firms AS f ON f.symbol = c.symbol AND c.period BETWEEN f.first AND f.last
    GROUP BY coalesce(f.firm, c.symbol), c.name
) AS t
    ON t.symbol = p.symbol AND t.name = n.name
LEFT JOIN known AS k ON k.firm = p.symbol AND k.session = p.session AND k.name = n.name
GROUP BY n.name
ORDER BY n.name
