-- One row an hour of the exchange's clock in which readable posts were written, once while it was open and once while it was not:
-- posts and their mean emotions. Each post counts once, whatever it names. Sums are decimal: the order of threads moves no digit.
-- reads: clock, readings, sessions
-- makes: rows
-- takes: $kinds
WITH told AS (
    SELECT
        r.*,
        epoch_us(r.created_at) // 900000000 AS quarter,
        coalesce(r.created_at >= s.open, false) AS is_open
    FROM readings AS r
    ASOF LEFT JOIN sessions AS s ON r.created_at < s.close
    WHERE list_contains($kinds, r.kind)
)
SELECT
    c.day,
    c.hour,
    t.is_open,
    count(*) AS n_posts,
    sum(COLUMNS(emotions())::DECIMAL(18, 12))::DOUBLE / count(*)
FROM told AS t
JOIN clock AS c USING (quarter)
GROUP BY c.day, c.hour, t.is_open
ORDER BY c.day, c.hour, t.is_open
