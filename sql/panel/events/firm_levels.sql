-- One row a price of the firms asked for: its level, and the segment within which levels compare.
-- reads: price_steps
-- makes: rows
-- takes: $firms
SELECT firm, session, log_level, segment
FROM price_steps
WHERE list_contains($firms, firm)
ORDER BY firm, session
