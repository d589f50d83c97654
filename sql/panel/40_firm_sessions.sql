-- One row a symbol and session with a price: returns and lagged characteristics. Returns are fractions; a lead or lag across a
-- session without a price is null. Raw open and close give intraday returns; the adjusted close gives close-to-close ones.
CREATE OR REPLACE TEMP TABLE firm_sessions AS
WITH daily AS (
    SELECT
        p.symbol,
        p.session,
        s.number,
        p.close / nullif(p.open, 0) - 1 AS return_open_close,
        CASE WHEN lag(s.number) OVER firm = s.number - 1
            THEN coalesce(p.adj_close, p.close) / nullif(lag(coalesce(p.adj_close, p.close)) OVER firm, 0) - 1
        END AS return_close_close
    FROM prices AS p
    JOIN sessions AS s USING (session)
    WINDOW firm AS (PARTITION BY p.symbol ORDER BY s.number)
)
SELECT
    symbol,
    session,
    number,
    return_open_close,
    return_close_close,
    (1 + return_close_close) / nullif(1 + return_open_close, 0) - 1 AS return_overnight,
    CASE WHEN lead(number) OVER firm = number + 1 THEN lead(return_open_close) OVER firm END AS return_open_close_next,
    CASE WHEN lead(number) OVER firm = number + 1 THEN lead(return_close_close) OVER firm END AS return_close_close_next,
    CASE WHEN lag(number) OVER firm = number - 1 THEN lag(return_close_close) OVER firm END AS lagged_return,
    CASE WHEN count(return_close_close) OVER past >= 0.75 * $volatility_sessions
        THEN stddev_samp(return_close_close) OVER past
    END AS lagged_volatility
FROM daily
WINDOW
    firm AS (PARTITION BY symbol ORDER BY number),
    past AS (PARTITION BY symbol ORDER BY number RANGE BETWEEN $volatility_sessions PRECEDING AND 1 PRECEDING)
