-- One row an event and session asked for on which its symbol has a return from the session before.
-- reads: asked_days, price_steps
-- makes: rows
SELECT a.event, a.day, p.return_close_close AS own
FROM asked_days AS a
JOIN price_steps AS p ON p.firm = a.symbol AND p.session = a.session
WHERE p.return_close_close IS NOT NULL
ORDER BY a.event, a.day
