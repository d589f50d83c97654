-- One row an event and session asked for on which its symbol has a price.
SELECT a.event, a.day, p.close, p.adj_close
FROM asked_days AS a
JOIN prices AS p ON p.symbol = a.symbol AND p.session = a.session
ORDER BY a.event, a.day
