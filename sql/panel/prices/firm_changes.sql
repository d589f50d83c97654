-- One row a symbol and day from which another firm bears it: the first day of a further permno, once the permno before it has
-- ended, and the day after a delisting that no permno outlives. A symbol that one firm bears throughout has no row.
-- reads: delistings, permnos
-- makes: firm_changes
CREATE OR REPLACE TEMP TABLE firm_changes AS
WITH compared AS (
    SELECT symbol, first, label <> lag(label) OVER so_far AND first > coalesce(max(last) OVER before, DATE '0001-01-01') AS is_new
    FROM permnos
    WINDOW
        so_far AS (PARTITION BY symbol ORDER BY first),
        before AS (PARTITION BY symbol ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT symbol, first, 'permno' AS source
FROM compared
WHERE is_new
UNION
SELECT d.symbol, d.session + 1, 'delisting'
FROM delistings AS d
WHERE NOT EXISTS (
    FROM permnos AS s WHERE s.symbol = d.symbol AND s.first <= d.session AND coalesce(s.last, DATE '9999-12-31') > d.session
)
