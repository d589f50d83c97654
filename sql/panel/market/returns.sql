-- One row a session: the market as an index symbol, a published series and the mean over firms give it; null where one does not.
-- Returns are fractions, from `price_steps` and `delisting_steps`. Ranges are logs of Parkinson's volatility, ln(high / low) over
-- 2 sqrt(ln 2). Symbols that begin with ^ are indices, not firms.
-- reads: delisting_steps, price_steps, series, sessions
-- makes: rows
-- takes: $index
WITH daily AS (
    SELECT
        symbol,
        session,
        return_open_close AS open_close,
        return_close_close AS close_close,
        CASE WHEN high > low AND low > 0 THEN ln(ln(high / low) / (2 * sqrt(ln(2)))) END AS log_range
    FROM price_steps
    UNION ALL BY NAME
    SELECT symbol, session, return_close_close AS close_close FROM delisting_steps
),
firms AS (
    SELECT
        session,
        count(*) AS n_firms,
        sum(open_close::DECIMAL(38, 12))::DOUBLE / nullif(count(open_close), 0) AS open_close,
        sum(close_close::DECIMAL(38, 12))::DOUBLE / nullif(count(close_close), 0) AS close_close,
        sum(log_range::DECIMAL(38, 12))::DOUBLE / nullif(count(log_range), 0) AS log_range
    FROM daily
    WHERE symbol <> $index AND NOT starts_with(symbol, '^')
    GROUP BY session
),
newest AS (
    SELECT name, session, value
    FROM series
    WHERE name IN ('mkt_rf', 'rf')
    QUALIFY row_number() OVER (PARTITION BY name, session ORDER BY source_id DESC) = 1
),
published AS (
    SELECT
        session,
        max(value) FILTER (name = 'mkt_rf') + max(value) FILTER (name = 'rf') AS close_close
    FROM newest
    GROUP BY session
)
SELECT
    s.session,
    coalesce(f.n_firms, 0) AS n_firms,
    i.open_close AS open_close_index,
    i.close_close AS close_close_index,
    i.log_range AS log_range_index,
    m.close_close AS close_close_series,
    f.open_close AS open_close_firms,
    f.close_close AS close_close_firms,
    f.log_range AS log_range_firms
FROM sessions AS s
LEFT JOIN firms AS f USING (session)
LEFT JOIN (SELECT * FROM daily WHERE symbol = $index) AS i USING (session)
LEFT JOIN published AS m USING (session)
ORDER BY s.session
