-- One row a day on which an event's stock is valued: the last price on or before it, and not before the event.
-- reads: holdings, price_steps
-- makes: rows
SELECT h.event, h.day, p.session, p.log_level, p.segment
FROM holdings AS h
ASOF LEFT JOIN price_steps AS p ON h.symbol = p.firm AND p.session <= h.day
WHERE p.session >= h.since
ORDER BY h.event, h.day
