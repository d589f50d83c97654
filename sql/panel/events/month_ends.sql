-- One row an event and calendar month with a price, from the month of the first session to $months months after: the level of the
-- last price of the month. Month 0 is the month of the first session.
-- reads: events, price_steps
-- makes: rows
-- takes: $months
SELECT
    e.event,
    datediff('month', e.first_session, p.session) AS ordinal,
    max(p.session) AS session,
    arg_max(p.log_level, p.session) AS log_level,
    arg_max(p.segment, p.session) AS segment
FROM events AS e
JOIN price_steps AS p ON p.firm = e.symbol AND p.session BETWEEN e.first_session AND e.last_session
WHERE datediff('month', e.first_session, p.session) <= $months
GROUP BY e.event, ordinal
ORDER BY e.event, ordinal
