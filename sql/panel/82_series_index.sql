-- One row a session with a price of an index: its return from the close before (null where the session before has no price)
-- and from open to close.
SELECT
    s.session,
    CASE WHEN lag(s.number) OVER held = s.number - 1
        THEN coalesce(p.adj_close, p.close) / nullif(lag(coalesce(p.adj_close, p.close)) OVER held, 0) - 1
    END AS index_close_close,
    p.close / nullif(p.open, 0) - 1 AS index_open_close
FROM prices AS p
JOIN sessions AS s USING (session)
WHERE p.symbol = $symbol
WINDOW held AS (ORDER BY s.number)
ORDER BY s.session
