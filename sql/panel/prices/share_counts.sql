-- One row a symbol and day on which a count of its shares became public: that of the newest period and file, and the firm, the splits
-- and the splits unseen of the day that it describes.
-- reads: characteristics, price_steps
-- makes: share_counts
CREATE OR REPLACE TEMP TABLE share_counts AS
WITH newest AS (
    SELECT symbol, period, available, value
    FROM characteristics
    WHERE name = 'shares_outstanding' AND value > 0
    QUALIFY row_number() OVER (PARTITION BY symbol, available ORDER BY period DESC, source_id DESC, line DESC) = 1
)
SELECT n.*, d.firm_first AS described, coalesce(d.log_split, 0) AS log_split, coalesce(d.unseen, 0) AS unseen
FROM newest AS n
ASOF LEFT JOIN price_steps AS d ON d.symbol = n.symbol AND d.session <= n.period
