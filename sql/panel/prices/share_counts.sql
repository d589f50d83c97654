-- One row a firm and day on which a count of its shares became public: the count of the newest period and file, with the
-- splits and the splits unseen of the day that it describes. A restatement of an earlier period does not replace a later one.
-- reads: characteristics, firms, price_steps
-- makes: share_counts
CREATE OR REPLACE TEMP TABLE share_counts AS
WITH published AS (
    SELECT coalesce(f.firm, c.symbol) AS firm, c.period, c.available, c.value
    FROM characteristics AS c
    LEFT JOIN firms AS f ON f.symbol = c.symbol AND c.period BETWEEN f.first AND f.last
    WHERE c.name = 'shares_outstanding' AND c.value > 0
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(f.firm, c.symbol), c.available ORDER BY c.period DESC, c.source_id DESC, c.line DESC
    ) = 1
),
newest AS (
    SELECT *
    FROM published
    QUALIFY period >= max(period) OVER (PARTITION BY firm ORDER BY available)
)
SELECT n.*, coalesce(d.log_split, 0) AS log_split, coalesce(d.unseen, 0) AS unseen
FROM newest AS n
ASOF LEFT JOIN price_steps AS d ON d.firm = n.firm AND d.session <= n.period
