-- Each staged price: new, a repetition of a stored one, or a conflict with it. One row a staged line.
-- reads: prices, staged_prices
-- makes: resolved
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT
    s.source_id,
    s.line,
    CASE
        WHEN p.symbol IS NULL THEN 'new'
        WHEN p.open = s.open AND p.close = s.close AND p.adj_close IS NOT DISTINCT FROM s.adj_close THEN 'repeated'
        ELSE 'conflict'
    END AS verdict
FROM staged_prices AS s
LEFT JOIN prices AS p USING (symbol, session)
