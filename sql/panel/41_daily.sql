-- One row a symbol and session with a price: the firm that bears the symbol, returns, and the logarithm of the splits since the
-- firm's first price. A split is a day on which adjusted and raw close part by $split or more; smaller steps are dividends.
CREATE OR REPLACE TEMP TABLE daily AS
WITH placed AS (
    SELECT p.*, s.number, c.first AS firm_first
    FROM prices AS p
    JOIN sessions AS s USING (session)
    ASOF LEFT JOIN firm_changes AS c ON c.symbol = p.symbol AND c.first <= p.session
),
compared AS (
    SELECT
        *,
        number = 1 + lag(number) OVER firm AS follows,
        close / nullif(lag(close) OVER firm, 0) AS raw_growth,
        adj_close / nullif(lag(adj_close) OVER firm, 0) AS adjusted_growth
    FROM placed
    WINDOW firm AS (PARTITION BY symbol, firm_first ORDER BY number)
),
split AS (
    SELECT *, CASE WHEN raw_growth > 0 AND adjusted_growth > 0 THEN ln(adjusted_growth / raw_growth) END AS step
    FROM compared
)
SELECT
    symbol,
    session,
    number,
    firm_first,
    open,
    high,
    low,
    close,
    CASE WHEN volume >= 0 THEN volume END AS volume,
    close / nullif(open, 0) - 1 AS return_open_close,
    CASE WHEN follows THEN coalesce(adjusted_growth, raw_growth) - 1 END AS return_close_close,
    sum((CASE WHEN abs(step) >= ln($split) THEN step ELSE 0 END)::DECIMAL(18, 12)) OVER firm::DOUBLE AS log_split,
    coalesce(abs(step) >= ln($split), FALSE) AS is_split,
    adj_close IS NULL AS unadjusted
FROM split
WINDOW firm AS (PARTITION BY symbol, firm_first ORDER BY number ROWS UNBOUNDED PRECEDING)
