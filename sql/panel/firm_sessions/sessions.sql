-- One row a firm and session with a price: returns, ranges, trading and characteristics; and one for the return on its delisting,
-- the session after its last price, which is the return from that close and has nothing else. Returns are fractions; a lead or
-- lag across a session without a price is null; `price_steps` says which returns there are. Ranges are logarithms of a session's
-- volatility. Shares are carried across splits, to the shares of the session before, and are null after a split that cannot be
-- seen; market value and turnover take prices and volumes as traded, and are null where these are unknown. Lagged columns, size
-- and ratios of shares use what was known before the session.
-- reads: delisting_steps, industries, known, price_steps
-- makes: firm_sessions
-- takes: $volatility_sessions, $volume_from, $volume_to
CREATE OR REPLACE TEMP TABLE firm_sessions AS
WITH steps AS (
    SELECT *, true AS is_traded FROM price_steps
    UNION ALL BY NAME
    SELECT *, false AS is_traded FROM delisting_steps
),
shares AS (
    SELECT
        d.*,
        CASE WHEN outstanding.value > 0 AND outstanding.unseen = d.unseen THEN ln(outstanding.value) - outstanding.log_split END AS log_shares,
        CASE WHEN short.unseen = outstanding.unseen
            THEN (short.value / exp(short.log_split)) / nullif(outstanding.value / exp(outstanding.log_split), 0)
        END AS short_ratio,
        CASE WHEN held.unseen = outstanding.unseen
            THEN (held.value / exp(held.log_split)) / nullif(outstanding.value / exp(outstanding.log_split), 0)
        END AS institutional_share
    FROM steps AS d
    LEFT JOIN known AS outstanding
        ON outstanding.firm = d.firm AND outstanding.session = d.session AND outstanding.name = 'shares_outstanding'
    LEFT JOIN known AS short ON short.firm = d.firm AND short.session = d.session AND short.name = 'shares_short'
    LEFT JOIN known AS held ON held.firm = d.firm AND held.session = d.session AND held.name = 'institutional_shares'
),
measured AS (
    SELECT
        *,
        log_shares + coalesce(lag(log_split) OVER firm, 0) AS log_shares_before,
        abs(return_close_close) AS absolute_return,
        CASE WHEN low > 0 AND high > low THEN ln(high / low) END AS log_high_low,
        close * volume AS dollar_volume,
        CASE WHEN volume > 0 THEN ln(traded_volume) - log_split END AS log_volume,
        CASE WHEN volume > 0 AND NOT unknown_scale THEN ln(traded_volume) - log_split - log_shares END AS log_turnover
    FROM shares
    WINDOW firm AS (PARTITION BY firm ORDER BY number)
),
ranged AS (
    SELECT
        *,
        CASE WHEN close > 0 AND open > 0 THEN 0.5 * log_high_low ** 2 - (2 * ln(2) - 1) * ln(close / open) ** 2 END AS garman_klass,
        try_cast(1e6 * absolute_return / nullif(dollar_volume, 0) AS DECIMAL(30, 18)) AS illiquidity,
        in_steps(return_close_close) AS return_in_steps
    FROM measured
)
SELECT
    firm AS symbol,
    session,
    number,
    strftime(session, '%Y-%m') AS month,
    symbol AS ticker,
    i.industry,
    return_open_close,
    return_close_close,
    (1 + return_close_close) / nullif(1 + return_open_close, 0) - 1 AS return_overnight,
    CASE WHEN lead(number) OVER firm = number + 1 THEN lead(return_open_close) OVER firm END AS return_open_close_next,
    CASE WHEN lead(number) OVER firm = number + 1 THEN lead(return_close_close) OVER firm END AS return_close_close_next,
    absolute_return,
    ln(log_high_low) - 0.5 * ln(4 * ln(2)) AS log_range_parkinson,
    CASE WHEN garman_klass > 0 THEN 0.5 * ln(garman_klass) END AS log_range_garman_klass,
    volume,
    dollar_volume,
    CASE WHEN count(log_volume) OVER base >= 0.75 * ($volume_from - $volume_to + 1)
        THEN log_volume - sum(log_volume::DECIMAL(18, 12)) OVER base::DOUBLE / count(log_volume) OVER base
    END AS abnormal_volume,
    CASE WHEN count(log_turnover) OVER base >= 0.75 * ($volume_from - $volume_to + 1)
        THEN log_turnover - sum(log_turnover::DECIMAL(18, 12)) OVER base::DOUBLE / count(log_turnover) OVER base
    END AS abnormal_turnover,
    CASE WHEN lag(number) OVER firm = number - 1 THEN lag(return_close_close) OVER firm END AS lagged_return,
    CASE WHEN count(return_close_close) OVER past >= 0.75 * $volatility_sessions
        THEN sd_of(count(return_in_steps) OVER past, sum(return_in_steps) OVER past, sum(return_in_steps * return_in_steps) OVER past)
    END AS lagged_volatility,
    CASE WHEN count(illiquidity) OVER past >= 0.75 * $volatility_sessions
        THEN sum(illiquidity::DECIMAL(30, 18)) OVER past::DOUBLE / count(illiquidity) OVER past
    END AS lagged_amihud,
    exp(log_shares_before) AS shares_outstanding,
    CASE WHEN traded_before > 0 THEN ln(traded_before) + log_shares_before END AS size,
    short_ratio,
    institutional_share,
    ranged.is_traded
FROM ranged
LEFT JOIN industries AS i USING (firm, session)
WINDOW
    firm AS (PARTITION BY firm ORDER BY number),
    past AS (PARTITION BY firm ORDER BY number RANGE BETWEEN $volatility_sessions PRECEDING AND 1 PRECEDING),
    base AS (PARTITION BY firm ORDER BY number RANGE BETWEEN $volume_from PRECEDING AND $volume_to PRECEDING)
