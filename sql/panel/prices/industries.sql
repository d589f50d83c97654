-- One row a firm and session with a class that holds on it: the industry as its file names it, else the Fama-French one, else
-- the major group (two digits) of the SIC code. Of several the newest file's that began last.
-- reads: classifications, price_steps
-- makes: industries
CREATE OR REPLACE TEMP TABLE industries AS
SELECT
    d.firm,
    d.session,
    CASE WHEN c.scheme = 'sic' THEN 'SIC ' || left(lpad(c.label, 4, '0'), 2) ELSE c.label END AS industry
FROM price_steps AS d
JOIN classifications AS c
    ON c.symbol = d.symbol
    AND c.scheme IN ('industry', 'ff48', 'sic')
    AND coalesce(c.first, DATE '0001-01-01') <= d.session
    AND coalesce(c.last, DATE '9999-12-31') >= d.session
QUALIFY row_number() OVER (
    PARTITION BY d.firm, d.session
    ORDER BY list_position(['industry', 'ff48', 'sic'], c.scheme), c.source_id DESC, c.first DESC NULLS LAST, c.line DESC
) = 1
