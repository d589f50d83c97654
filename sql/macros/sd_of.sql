-- The sample standard deviation of n numbers, by the sum and the sum of squares that `in_steps` gives; null of fewer than two.
CREATE OR REPLACE TEMP MACRO sd_of(n, total, squares) AS
CASE WHEN n > 1 THEN sqrt((n * squares - total * total)::DOUBLE / (n * (n - 1))) / 1e10 END
