-- One row a symbol and session for which the store's announcements of earnings tell whether one was first traded on: the session
-- of its day, or the next after the close, and both where its time is not known. They tell from $around days before a symbol's
-- first to as many after its last.
-- reads: announcements, firm_sessions, firms
-- makes: rows
-- takes: $around
WITH told AS (
    SELECT coalesce(f.firm, a.symbol) AS symbol, a.announced_on, a.timing
    FROM announcements AS a
    LEFT JOIN firms AS f ON f.symbol = a.symbol AND a.announced_on BETWEEN f.first AND f.last
),
spans AS (
    SELECT symbol, min(announced_on) - $around::INTEGER AS first, max(announced_on) + $around::INTEGER AS last
    FROM told
    GROUP BY symbol
),
earliest AS (
    SELECT symbol, CASE WHEN timing = 'after_close' THEN announced_on + 1 ELSE announced_on END AS day, timing IS NULL AS is_unsure
    FROM told
),
reached AS (
    SELECT f.symbol, f.number, e.is_unsure
    FROM earliest AS e
    ASOF JOIN firm_sessions AS f ON f.symbol = e.symbol AND e.day <= f.session
    WHERE f.session - e.day <= 5
)
SELECT
    f.symbol,
    f.session,
    bool_or(r.symbol IS NOT NULL) AS is_announced
FROM firm_sessions AS f
JOIN spans AS s ON s.symbol = f.symbol AND f.session BETWEEN s.first AND s.last
LEFT JOIN reached AS r ON r.symbol = f.symbol AND f.number IN (r.number, r.number + r.is_unsure::INTEGER)
GROUP BY f.symbol, f.session
ORDER BY f.symbol, f.session
