-- One row a session with a price of an index: its return from the close before (null where there is none) and from open to close.
-- reads: price_steps
-- makes: rows
-- takes: $symbol
SELECT session, return_close_close AS index_close_close, return_open_close AS index_open_close
FROM price_steps
WHERE symbol = $symbol
ORDER BY session
