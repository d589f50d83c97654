-- One row a symbol and session with a market value known on the session before: its group of five by that value, and its return.
CREATE OR REPLACE TEMP TABLE size_groups AS
WITH known AS (
    SELECT symbol, available, value
    FROM characteristics
    WHERE name = 'shares_outstanding' AND value > 0
    QUALIFY row_number() OVER (PARTITION BY symbol, available ORDER BY period DESC, source_id DESC, line DESC) = 1
),
daily AS (
    SELECT
        p.symbol,
        p.session,
        CASE WHEN lag(s.number) OVER firm = s.number - 1 THEN lag(p.close) OVER firm END AS close_before,
        CASE WHEN lag(s.number) OVER firm = s.number - 1
            THEN p.adj_close / nullif(lag(p.adj_close) OVER firm, 0) - 1
        END AS "return"
    FROM prices AS p
    JOIN sessions AS s USING (session)
    WINDOW firm AS (PARTITION BY p.symbol ORDER BY s.number)
),
valued AS (
    SELECT d.symbol, d.session, d."return", d.close_before * k.value AS cap
    FROM daily AS d
    ASOF JOIN known AS k ON k.symbol = d.symbol AND k.available < d.session
    WHERE d.close_before > 0
)
SELECT *, ntile(5) OVER (PARTITION BY session ORDER BY cap, symbol) AS size_group
FROM valued
