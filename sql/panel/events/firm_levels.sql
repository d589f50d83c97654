-- One row a price of the symbols asked for: its level, and the segment within which levels compare.
-- reads: price_steps
-- makes: rows
-- takes: $symbols
SELECT symbol, session, log_level, segment
FROM price_steps
WHERE list_contains($symbols, symbol)
ORDER BY symbol, session
