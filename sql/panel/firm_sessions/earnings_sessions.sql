-- One row a symbol and session within $sessions sessions of an earnings announcement: the first session on or after its day.
-- reads: announcements, firm_sessions
-- makes: rows
-- takes: $sessions
WITH announced AS (
    SELECT DISTINCT f.symbol, f.number
    FROM announcements AS a
    ASOF JOIN firm_sessions AS f ON f.symbol = a.symbol AND a.announced_on <= f.session
)
SELECT DISTINCT f.symbol, f.session
FROM firm_sessions AS f
JOIN announced AS n ON n.symbol = f.symbol AND f.number BETWEEN n.number - $sessions AND n.number + $sessions
ORDER BY f.symbol, f.session
