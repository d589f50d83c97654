-- One row an event and calendar month with a price, from that of the first session to $months months after: the last adjusted close
-- of the month. Month 0 is that of the first session.
SELECT
    e.event,
    datediff('month', e.first_session, p.session) AS ordinal,
    max(p.session) AS session,
    arg_max_null(p.adj_close, p.session) AS adj_close
FROM events AS e
JOIN prices AS p ON p.symbol = e.symbol AND p.session BETWEEN e.first_session AND e.last_session
WHERE datediff('month', e.first_session, p.session) <= $months
GROUP BY e.event, ordinal
ORDER BY e.event, ordinal
