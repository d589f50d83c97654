-- One row a symbol and first day from which a permno bears it, with the last, null where no file tells it. Of
-- several files the newest tells.
-- reads: classifications
-- makes: permnos
CREATE OR REPLACE TEMP TABLE permnos AS
SELECT symbol, label, coalesce(first, DATE '0001-01-01') AS first, last
FROM classifications
WHERE scheme = 'permno'
QUALIFY row_number() OVER (PARTITION BY symbol, coalesce(first, DATE '0001-01-01') ORDER BY source_id DESC, line DESC) = 1
