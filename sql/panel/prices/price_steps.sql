-- The one rule of returns, which every sample reads: one row a firm and session with a price, with the return from the close of
-- the session before, or null and the reason. Prices of two firms that bore one symbol never meet, and a firm's prices run on
-- when its symbol changes; of prices under two of its symbols on one session, the price counts whose symbol the firm's file
-- names.
--   hand_over         the first price of another firm          first      the first price of all
--   gap               the session before has no price          impossible a price that cannot be right, or follows one
--   split             no adjusted close, and the open lies so far from the close before that it looks like a split
--   seam              the same between two files, whose scales may differ: their adjusted closes are never compared
--   missing_adjusted  an adjusted close is missing while its ratio to the close changes
-- `growth` is the same across gaps; two prices of one `segment` have the gross return exp(difference of `log_level`) between
-- them. A close four times off one of the three before and one of the three after, which are alike, or a hundred, a thousand or
-- more times off the close before, an open or a high four times off, cannot be right and is null. `log_split` counts splits since the
-- firm's first price: as the file has them, else days on which adjusted and raw close part by $split or more (smaller steps are
-- dividends); after `unseen` ones it is not known.
-- reads: firms, prices, sessions
-- makes: price_steps
-- takes: $jump, $silent, $split
CREATE OR REPLACE TEMP TABLE price_steps AS
WITH positive AS (
    SELECT * REPLACE (
        possible(open) AS open,
        possible(close) AS close,
        possible(adj_close) AS adj_close,
        CASE WHEN volume = 0 THEN 0 ELSE possible(volume) END AS volume,
        possible(split) AS split,
        possible(as_traded) AS as_traded
    )
    FROM prices
),
borne AS (
    SELECT p.*, f.firm
    FROM positive AS p
    JOIN firms AS f ON f.symbol = p.symbol AND p.session BETWEEN f.first AND f.last
    QUALIFY row_number() OVER (
        PARTITION BY f.firm, p.session ORDER BY p.session BETWEEN f.told_first AND f.told_last DESC, p.source_id, p.symbol
    ) = 1
    UNION ALL
    SELECT *, symbol
    FROM positive
    WHERE symbol NOT IN (SELECT symbol FROM firms)
),
placed AS (
    SELECT p.*, s.number
    FROM borne AS p
    JOIN sessions AS s USING (session)
),
beside AS (
    SELECT
        *,
        ln(close / lag(close) OVER firm) AS up,
        [ln(close / lag(close, 1) OVER firm), ln(close / lag(close, 2) OVER firm), ln(close / lag(close, 3) OVER firm)] AS ups,
        [ln(lead(close, 1) OVER firm / close), ln(lead(close, 2) OVER firm / close), ln(lead(close, 3) OVER firm / close)] AS downs,
        ln(adj_close / close) AS factor,
        ln(adj_close / close) - lag(ln(adj_close / close)) OVER firm AS factor_up,
        lead(ln(adj_close / close)) OVER firm - ln(adj_close / close) AS factor_down
    FROM placed
    WINDOW firm AS (PARTITION BY firm ORDER BY number)
),
judged AS (
    SELECT
        * REPLACE (
            CASE WHEN abs(factor_up) > 0.02 AND abs(factor_down) > 0.02 AND abs(factor_up + factor_down) < 0.005 AND abs(up + factor_up) > abs(up)
                THEN NULL ELSE adj_close
            END AS adj_close
        ),
        close IS NULL OR coalesce(
            len(list_filter(ups, lambda u: abs(u) > ln(4) AND len(list_filter(downs, lambda d: abs(d) > ln(4) AND abs(u + d) < ln(1.5))) > 0)) > 0,
            FALSE
        ) AS is_spike
    FROM beside
),
sound AS (
    SELECT
        *,
        CASE WHEN NOT is_spike THEN {
            'number': number, 'close': close, 'adj_close': adj_close, 'as_traded': as_traded, 'source_id': source_id
        } END AS kept,
        CASE WHEN adj_close IS NOT NULL AND NOT is_spike THEN factor END AS known_factor
    FROM judged
),
followed AS (
    SELECT
        *,
        last_value(kept IGNORE NULLS) OVER before AS prev,
        lag(number) OVER firm AS number_before,
        last_value(known_factor IGNORE NULLS) OVER file_before AS factor_before,
        first_value(known_factor IGNORE NULLS) OVER file_after AS factor_after,
        first_value(firm) OVER (PARTITION BY symbol ORDER BY number) AS first_firm
    FROM sound
    WINDOW
        firm AS (PARTITION BY firm ORDER BY number),
        before AS (PARTITION BY firm ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        file_before AS (PARTITION BY firm, source_id ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        file_after AS (PARTITION BY firm, source_id ORDER BY number ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
),
raw AS (
    SELECT
        *,
        number = 1 + prev.number AS follows,
        source_id <> prev.source_id AS is_seam,
        close / prev.close AS ratio,
        adj_close / prev.adj_close AS adjusted_growth,
        CASE
            WHEN source_id <> prev.source_id AND as_traded * prev.as_traded IS NOT NULL
                THEN as_traded * coalesce(split, 1) / prev.as_traded
            WHEN as_traded = prev.as_traded THEN coalesce(split, 1)
            WHEN as_traded IS NULL AND abs(ln(close / prev.close * split)) < abs(ln(close / prev.close)) THEN split
            ELSE 1
        END AS rescaled
    FROM followed
),
leapt AS (
    SELECT
        *,
        ratio * rescaled AS raw_growth,
        ln(open / prev.close * rescaled) AS leap,
        coalesce(follows AND split IS NOT NULL AND (as_traded IS NOT NULL OR split = 1), FALSE) AND NOT is_seam AS is_told
    FROM raw
),
tested AS (
    SELECT
        *,
        is_told OR NOT (abs(leap) > $jump OR abs(abs(leap) - ln(1.5)) < 0.015) AS is_calm,
        abs(abs(leap) - ln(1.25)) < 0.01 OR abs(abs(leap) - ln(4 / 3)) < 0.01 OR abs(abs(leap) - ln(1.2)) < 0.005 AS is_odd,
        abs(abs(ln(coalesce(adjusted_growth, raw_growth))) - ln(100)) < 0.1
            OR abs(ln(coalesce(adjusted_growth, raw_growth))) > ln(1000) - 0.1
            OR (NOT is_seam AND abs(ln(adjusted_growth)) > $jump AND abs(ln(ratio)) < 0.2) AS is_impossible
    FROM leapt
),
reasoned AS (
    SELECT
        *,
        CASE
            WHEN is_spike THEN 'impossible'
            WHEN prev IS NULL AND firm <> first_firm THEN 'hand_over'
            WHEN prev IS NULL THEN 'first'
            WHEN is_impossible THEN 'impossible'
            WHEN is_seam AND (NOT is_calm OR is_odd) THEN 'seam'
            WHEN is_seam THEN NULL
            WHEN adjusted_growth IS NOT NULL THEN NULL
            WHEN abs(factor_after - factor_before) > 0.005 THEN 'missing_adjusted'
            WHEN NOT is_calm THEN 'split'
        END AS broken,
        CASE WHEN is_seam OR adjusted_growth IS NULL THEN raw_growth ELSE adjusted_growth END AS grown,
        coalesce(abs(ln(open / close)) > ln(4) AND abs(ln(ratio)) < ln(1.5) OR abs(ln(open / close)) > ln(1000) - 0.1, FALSE) AS bad_open,
        CASE
            WHEN NOT is_seam AND as_traded <> prev.as_traded THEN ln(prev.as_traded / as_traded)
            WHEN (NOT is_seam OR as_traded * prev.as_traded IS NOT NULL) AND split IS NOT NULL AND (as_traded IS NOT NULL OR rescaled <> 1)
                THEN ln(split)
            WHEN NOT is_seam AND abs(ln(adjusted_growth / ratio)) >= ln($split) THEN ln(adjusted_growth / ratio)
        END AS step
    FROM tested
),
settled AS (
    SELECT *, CASE WHEN broken IS NULL THEN grown END AS growth FROM reasoned
)
SELECT
    firm,
    symbol,
    session,
    number,
    CASE WHEN NOT is_spike AND NOT bad_open THEN open END AS open,
    CASE WHEN NOT is_spike AND high <= 4 * greatest(CASE WHEN bad_open THEN close ELSE open END, close) THEN high END AS high,
    CASE WHEN NOT is_spike AND 4 * low >= least(CASE WHEN bad_open THEN close ELSE open END, close) THEN low END AS low,
    CASE WHEN NOT is_spike THEN close END AS close,
    volume,
    volume / coalesce(as_traded, 1) AS traded_volume,
    CASE WHEN NOT is_spike THEN close * as_traded END AS traded_close,
    CASE WHEN follows THEN prev.close * prev.as_traded END AS traded_before,
    CASE WHEN NOT is_spike AND NOT bad_open THEN close / nullif(open, 0) - 1 END AS return_open_close,
    CASE WHEN follows THEN growth - 1 END AS return_close_close,
    CASE
        WHEN broken IS NOT NULL THEN broken
        WHEN follows THEN NULL
        WHEN number_before = number - 1 THEN 'impossible'
        ELSE 'gap'
    END AS reason,
    growth,
    sum(coalesce(ln(growth), 0)::DECIMAL(18, 12)) OVER firm::DOUBLE AS log_level,
    count(*) FILTER (growth IS NULL AND NOT is_spike) OVER firm AS segment,
    sum(coalesce(step, 0)::DECIMAL(18, 12)) OVER firm::DOUBLE AS log_split,
    count(*) FILTER (broken IN ('split', 'seam')) OVER firm AS unseen,
    coalesce(abs(step) >= ln($split), FALSE) AS is_split,
    coalesce(is_seam, FALSE) AS is_seam,
    coalesce(is_odd AND adjusted_growth IS NULL AND NOT is_told AND growth IS NOT NULL AND NOT is_seam, FALSE) AS is_doubtful,
    coalesce(abs(ln(growth)) > $jump, FALSE) AS is_large,
    coalesce(volume = 0 AND abs(ln(growth)) > $silent AND max(volume) OVER whole_firm > 0, FALSE) AS is_silent,
    bad_open OR coalesce(high > 4 * greatest(open, close) OR 4 * low < least(open, close), FALSE) AS is_mended,
    as_traded IS NULL AS unknown_scale,
    adj_close IS NULL AS unadjusted
FROM settled
WINDOW
    firm AS (PARTITION BY firm ORDER BY number ROWS UNBOUNDED PRECEDING),
    whole_firm AS (PARTITION BY firm)
