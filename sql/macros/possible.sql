-- What a price, a volume or a split can be, else null: quotients and products of a few of these are finite and above zero.
CREATE OR REPLACE TEMP MACRO possible(x) AS CASE WHEN x BETWEEN 1e-18 AND 1e18 THEN x END
