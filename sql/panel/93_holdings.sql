-- One row a day on which an event's stock is valued: the last price on or before it, and not before the event.
SELECT h.event, h.day, p.session, p.close, p.adj_close
FROM holdings AS h
ASOF LEFT JOIN prices AS p ON h.symbol = p.symbol AND p.session <= h.day
WHERE p.session >= h.since
ORDER BY h.event, h.day
