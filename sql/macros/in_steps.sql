-- A number in whole steps of 1e-10: sums of whole numbers are exact, so that they have the same digits in whatever order threads add.
CREATE OR REPLACE TEMP MACRO in_steps(x) AS round(x * 1e10)::HUGEINT
