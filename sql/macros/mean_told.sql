-- The weighted mean of a column over the rows that tell it; null where none does.
CREATE OR REPLACE TEMP MACRO mean_told(w, x) AS
sum((w::DOUBLE * x)::DECIMAL(18, 12))::DOUBLE / sum(CASE WHEN x IS NOT NULL THEN w END)::DOUBLE
