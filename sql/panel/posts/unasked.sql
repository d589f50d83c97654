-- One row a firm, by the name that samples give it, that bears none of the symbols asked for at any time; none where no symbol is.
-- reads: firms, post_symbols, prices
-- makes: unasked
-- takes: $symbols
CREATE OR REPLACE TEMP TABLE unasked AS
WITH held AS (
    SELECT symbol AS firm FROM prices
    UNION
    SELECT symbol FROM post_symbols
    UNION
    SELECT firm FROM firms
),
asked AS (
    SELECT unnest($symbols::VARCHAR[]) AS symbol
),
chosen AS (
    SELECT symbol AS firm FROM asked WHERE symbol NOT IN (SELECT symbol FROM firms)
    UNION
    SELECT f.firm FROM firms AS f JOIN asked USING (symbol)
)
SELECT firm FROM held ANTI JOIN chosen USING (firm) WHERE len($symbols::VARCHAR[]) > 0
