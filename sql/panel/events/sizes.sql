-- One row an event whose symbol had a market value before its day: the value, US dollars, and its size group.
-- reads: event_days, size_groups
-- makes: rows
SELECT e.event, g.cap, 'size:' || g.size_group AS size_group
FROM event_days AS e
JOIN size_groups AS g ON g.firm = e.symbol AND g.session = e.day
ORDER BY e.event
