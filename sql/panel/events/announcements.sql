-- One row a distinct earnings announcement with its session, under the firm that bore its symbol: rows of one firm whose days follow each other within
-- $same_announcement_days days are one announcement that several files tell of. Day and timing come from one row, earnings and
-- consensus from one row (they must be of one kind), the newest source that has both first. An announcement after the close
-- belongs to the next session. Seasonal changes are against the quarter that ended about a year earlier.
-- reads: announcements, firms, price_steps, sessions
-- makes: rows
-- takes: $least_quarters, $same_announcement_days, $sd_quarters, $unknown_timing
WITH borne AS (
    SELECT a.* REPLACE (coalesce(f.firm, a.symbol) AS symbol)
    FROM announcements AS a
    LEFT JOIN firms AS f ON f.symbol = a.symbol AND a.announced_on BETWEEN f.first AND f.last
),
told AS (
    SELECT *, coalesce(announced_on - lag(announced_on) OVER firm > $same_announcement_days, TRUE) AS is_new
    FROM borne
    WINDOW firm AS (PARTITION BY symbol ORDER BY announced_on, source_id, line)
),
numbered AS (
    SELECT *, sum(is_new::INTEGER) OVER (ORDER BY symbol, announced_on, source_id, line)::BIGINT AS event
    FROM told
),
distinct_ones AS (
    SELECT
        event,
        symbol,
        count(*) AS n_rows,
        first(announced_on ORDER BY timing IS NULL, source_id DESC, line DESC) AS announced_on,
        first(timing ORDER BY timing IS NULL, source_id DESC, line DESC) AS timing,
        first(period ORDER BY period IS NULL, source_id DESC, line DESC) AS period,
        first(eps ORDER BY eps IS NULL, consensus IS NULL, source_id DESC, line DESC) AS eps,
        first(consensus ORDER BY eps IS NULL, consensus IS NULL, source_id DESC, line DESC) AS consensus,
        first(analysts ORDER BY analysts IS NULL, source_id DESC, line DESC) AS analysts,
        first(price ORDER BY price IS NULL, source_id DESC, line DESC) AS stated_price
    FROM numbered
    GROUP BY event, symbol
),
seasonal AS (
    SELECT d.event, d.eps - b.eps AS seasonal_change, in_steps(d.eps - b.eps) AS in_steps
    FROM distinct_ones AS d
    JOIN distinct_ones AS b
        ON b.symbol = d.symbol AND d.period - b.period BETWEEN 350 AND 380 AND b.announced_on < d.announced_on
    QUALIFY row_number() OVER (PARTITION BY d.event ORDER BY abs(d.period - b.period - 365), b.event) = 1
),
changed AS (
    SELECT
        d.*,
        s.seasonal_change,
        CASE WHEN count(s.seasonal_change) OVER past >= $least_quarters
            THEN sd_of(count(s.in_steps) OVER past, sum(s.in_steps) OVER past, sum(s.in_steps * s.in_steps) OVER past)
        END AS seasonal_sd,
        CASE
            WHEN coalesce(d.timing, $unknown_timing) = 'drop' THEN NULL
            WHEN coalesce(d.timing, $unknown_timing) IN ('after_close', 'next') THEN d.announced_on + 1
            ELSE d.announced_on
        END AS earliest
    FROM distinct_ones AS d
    LEFT JOIN seasonal AS s USING (event)
    WINDOW past AS (PARTITION BY d.symbol ORDER BY d.period, d.event ROWS BETWEEN $sd_quarters PRECEDING AND 1 PRECEDING)
)
SELECT
    c.* EXCLUDE (earliest),
    coalesce(c.stated_price, CASE WHEN c.period - p.session <= 10 THEN p.traded_close END) AS price,
    CASE WHEN c.earliest >= (SELECT min(session) FROM sessions) THEN s.session END AS session,
    CASE WHEN c.earliest >= (SELECT min(session) FROM sessions) THEN s.number END AS number
FROM changed AS c
ASOF LEFT JOIN sessions AS s ON c.earliest <= s.session
ASOF LEFT JOIN price_steps AS p ON p.firm = c.symbol AND p.session <= c.period
ORDER BY event
