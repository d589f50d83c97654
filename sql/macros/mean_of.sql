-- The weighted mean of a column. Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
CREATE OR REPLACE TEMP MACRO mean_of(w, x) AS sum((w::DOUBLE * x)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE
