-- One row a symbol, session and characteristic: the newest value that was public before the session, within $max_age_days of
-- its publication; older ones are null and stale. A restatement of an earlier period does not replace a later one, and what
-- describes days before the firm bore the symbol is not its own. `log_split` and `unseen` are those of the day the value describes.
-- reads: characteristics, price_steps
-- makes: known
-- takes: $max_age_days, $names
CREATE OR REPLACE TEMP TABLE known AS
WITH published AS (
    SELECT symbol, name, period, available, value
    FROM characteristics
    WHERE list_contains($names, name)
    QUALIFY row_number() OVER (
        PARTITION BY symbol, name, available ORDER BY period DESC, source_id DESC, line DESC
    ) = 1
),
newest AS (
    SELECT *
    FROM published
    QUALIFY period >= max(period) OVER (PARTITION BY symbol, name ORDER BY available)
),
carried AS (
    SELECT n.*, coalesce(d.log_split, 0) AS log_split, coalesce(d.unseen, 0) AS unseen, d.firm_first AS described
    FROM newest AS n
    ASOF LEFT JOIN price_steps AS d ON d.symbol = n.symbol AND d.session <= n.period
),
asked AS (
    SELECT symbol, session, firm_first, unnest($names) AS name
    FROM price_steps
)
SELECT
    a.symbol,
    a.session,
    a.name,
    c.available,
    a.session - c.available > $max_age_days AS stale,
    CASE WHEN a.session - c.available <= $max_age_days THEN c.value END AS value,
    CASE WHEN c.described IS NOT DISTINCT FROM a.firm_first THEN c.log_split ELSE 0 END AS log_split,
    CASE WHEN c.described IS NOT DISTINCT FROM a.firm_first THEN c.unseen ELSE 0 END AS unseen
FROM asked AS a
ASOF JOIN carried AS c ON c.symbol = a.symbol AND c.name = a.name AND c.available < a.session
WHERE a.firm_first IS NULL OR c.period >= a.firm_first
