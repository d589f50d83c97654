-- One row an event: the first session without an adjusted close, and the first whose opening price is so far from the close
-- before it that it looks like a split.
WITH followed AS (
    SELECT
        h.event,
        p.session,
        p.adj_close,
        abs(ln(p.open / lag(p.close) OVER (PARTITION BY h.event ORDER BY p.session))) > $jump AS is_break
    FROM spans AS h
    JOIN prices AS p ON p.symbol = h.symbol AND p.session BETWEEN h.since AND h.until
)
SELECT
    event,
    min(session) FILTER (adj_close IS NULL) AS unadjusted,
    min(session) FILTER (is_break) AS broken
FROM followed
GROUP BY event
ORDER BY event
