-- What befell the panel's symbols within its span, one row.
-- reads: characteristics, delisting_steps, firm_changes, panel_keys, price_steps
-- makes: rows
WITH panel_days AS (
    SELECT d.*, lag(d.symbol) OVER (PARTITION BY d.firm ORDER BY d.session) AS symbol_before
    FROM price_steps AS d
    JOIN panel_keys AS k ON k.symbol = d.firm AND k.session = d.session
),
span AS (
    SELECT symbol, min(session) AS first, max(session) AS last FROM panel_days GROUP BY symbol
),
changes AS (
    SELECT c.* FROM firm_changes AS c JOIN span AS s ON s.symbol = c.symbol AND c.first BETWEEN s.first AND s.last + 1
)
SELECT
    (SELECT count(*) FROM changes WHERE source = 'permno') AS reused,
    (SELECT count(*) FROM changes WHERE source = 'delisting') AS delisted,
    (SELECT count(*) FROM delisting_steps AS d JOIN panel_keys AS k ON k.symbol = d.firm AND k.session = d.session) AS spliced,
    (SELECT count(*) FROM panel_days WHERE symbol <> symbol_before) AS renamed,
    (SELECT count(*) FROM panel_days WHERE is_split) AS splits,
    (SELECT count(*) FROM panel_days WHERE unadjusted AND (SELECT count(*) FROM characteristics) > 0) AS unadjusted
