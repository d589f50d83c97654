-- One row a symbol and session with bars: returns over night, of the first and of the last half-hour of the session as the
-- calendar has it, half days included. A price is the price of the last bar that ends by its instant (of the open, the first that
-- begins from it on), no more than $stale_minutes away; else there is a gap, and no return. Over night the dividend of daily
-- prices is added, and there is no return where they tell of a split or have no return themselves.
-- reads: bars, price_steps, sessions
-- makes: bar_returns
-- takes: $stale_minutes
CREATE OR REPLACE TEMP TABLE bar_returns AS
WITH chosen AS (
    SELECT symbol, begins, ends, open, close
    FROM bars
    QUALIFY row_number() OVER (PARTITION BY symbol, begins ORDER BY source_id, line) = 1
),
traded AS (
    SELECT
        p.firm,
        p.symbol,
        p.session,
        p.number,
        s.open AS opens,
        s.close AS closes,
        CASE WHEN NOT p.is_split THEN (1 + p.return_close_close) * lag(p.close) OVER firm / p.close END AS paid
    FROM price_steps AS p
    JOIN sessions AS s USING (session)
    WHERE p.symbol IN (SELECT DISTINCT symbol FROM bars)
    WINDOW firm AS (PARTITION BY p.firm ORDER BY p.number)
),
points AS (
    SELECT
        t.firm,
        t.session,
        t.number,
        t.paid,
        count(*) AS n_bars,
        arg_min(b.open, b.begins) FILTER (b.begins < t.opens + to_minutes($stale_minutes)) AS at_open,
        arg_max(b.close, b.ends) FILTER (
            b.ends <= t.opens + INTERVAL 30 MINUTES AND b.ends > t.opens + INTERVAL 30 MINUTES - to_minutes($stale_minutes)
        ) AS after_first,
        arg_max(b.close, b.ends) FILTER (
            b.ends <= t.closes - INTERVAL 30 MINUTES AND b.ends > t.closes - INTERVAL 30 MINUTES - to_minutes($stale_minutes)
        ) AS before_last,
        arg_max(b.close, b.ends) FILTER (b.ends > t.closes - to_minutes($stale_minutes)) AS at_close
    FROM traded AS t
    JOIN chosen AS b ON b.symbol = t.symbol AND b.begins >= t.opens AND b.ends <= t.closes
    GROUP BY t.firm, t.session, t.number, t.paid
)
SELECT
    firm AS symbol,
    session,
    n_bars,
    CASE WHEN lag(number) OVER firm = number - 1 THEN at_open / lag(at_close) OVER firm * paid - 1 END AS bar_return_overnight,
    after_first / at_open - 1 AS bar_return_first_half_hour,
    at_close / before_last - 1 AS bar_return_last_half_hour
FROM points
WINDOW firm AS (PARTITION BY firm ORDER BY number)
