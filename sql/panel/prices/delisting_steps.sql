-- One row a firm that left its exchange with a return that its file tells of: that return, on the session after its last price. The
-- newest file tells; a firm whose prices go on has not left, and a return of a thousand times and more cannot be right.
-- reads: delistings, firms, price_steps, sessions
-- makes: delisting_steps
CREATE OR REPLACE TEMP TABLE delisting_steps AS
WITH gone AS (
    SELECT coalesce(f.firm, d.symbol) AS firm, d.symbol, d.session AS left_on, d.delisting_return
    FROM delistings AS d
    LEFT JOIN firms AS f ON f.symbol = d.symbol AND d.session BETWEEN f.first AND f.last
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(f.firm, d.symbol) ORDER BY d.session DESC, d.source_id DESC, d.line DESC
    ) = 1
),
last_prices AS (
    SELECT firm, max(number) AS number, max(session) AS session FROM price_steps GROUP BY firm
)
SELECT g.firm, g.symbol, s.session, s.number, g.delisting_return AS return_close_close
FROM gone AS g
JOIN last_prices AS l ON l.firm = g.firm AND l.session <= g.left_on
JOIN sessions AS s ON s.number = l.number + 1
WHERE g.delisting_return BETWEEN -1 AND 999
