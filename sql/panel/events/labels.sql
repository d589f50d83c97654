-- One row an event whose symbol had a class of the scheme on its day; the newest source tells.
-- reads: classifications, event_days, firms
-- makes: rows
-- takes: $scheme
SELECT e.event, c.label
FROM event_days AS e
LEFT JOIN firms AS f ON f.firm = e.symbol AND e.day BETWEEN f.first AND f.last
JOIN classifications AS c ON c.symbol = coalesce(f.symbol, e.symbol) AND c.scheme = $scheme
WHERE coalesce(c.first <= e.day, TRUE) AND coalesce(c.last >= e.day, TRUE)
QUALIFY row_number() OVER (PARTITION BY e.event ORDER BY c.source_id DESC, c.first DESC NULLS LAST, c.line DESC) = 1
ORDER BY e.event
