-- A number in whole steps of 1e-10: sums of whole numbers are exact, so that they have the same digits in whatever order threads add.
-- Null beyond a million either way, which is neither a return nor earnings a share, and whose squares would not fit.
CREATE OR REPLACE TEMP MACRO in_steps(x) AS CASE WHEN abs(x) <= 1e6 THEN round(x * 1e10)::HUGEINT END
