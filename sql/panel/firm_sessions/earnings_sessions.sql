-- One row a symbol and session within $sessions sessions of an earnings announcement: the first session on or after its day, five
-- days after it at the latest, since an announcement before a symbol's prices, or in a gap of them, is none of its sessions.
-- reads: announcements, firm_sessions, firms
-- makes: rows
-- takes: $sessions
WITH told AS (
    SELECT coalesce(f.firm, a.symbol) AS symbol, a.announced_on
    FROM announcements AS a
    LEFT JOIN firms AS f ON f.symbol = a.symbol AND a.announced_on BETWEEN f.first AND f.last
),
announced AS (
    SELECT DISTINCT f.symbol, f.number
    FROM told AS a
    ASOF JOIN firm_sessions AS f ON f.symbol = a.symbol AND a.announced_on <= f.session
    WHERE f.session - a.announced_on <= 5
)
SELECT DISTINCT f.symbol, f.session
FROM firm_sessions AS f
JOIN announced AS n ON n.symbol = f.symbol AND f.number BETWEEN n.number - $sessions AND n.number + $sessions
ORDER BY f.symbol, f.session
