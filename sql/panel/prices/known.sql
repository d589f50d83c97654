-- One row a firm, session and characteristic: the newest value that was public before the session, within $max_age_days of
-- its publication; older ones are null and stale. A restatement of an earlier period does not replace a later one, and a value
-- belongs to the firm that bore the symbol at its period. `log_split` and `unseen` are of the day that the value describes.
-- reads: characteristics, firms, price_steps
-- makes: known
-- takes: $max_age_days, $names
CREATE OR REPLACE TEMP TABLE known AS
WITH published AS (
    SELECT coalesce(f.firm, c.symbol) AS firm, c.name, c.period, c.available, c.value
    FROM characteristics AS c
    LEFT JOIN firms AS f ON f.symbol = c.symbol AND c.period BETWEEN f.first AND f.last
    WHERE list_contains($names, c.name)
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(f.firm, c.symbol), c.name, c.available ORDER BY c.period DESC, c.source_id DESC, c.line DESC
    ) = 1
),
newest AS (
    SELECT *
    FROM published
    QUALIFY period >= max(period) OVER (PARTITION BY firm, name ORDER BY available)
),
carried AS (
    SELECT n.*, coalesce(d.log_split, 0) AS log_split, coalesce(d.unseen, 0) AS unseen
    FROM newest AS n
    ASOF LEFT JOIN price_steps AS d ON d.firm = n.firm AND d.session <= n.period
),
asked AS (
    SELECT firm, session, unnest($names) AS name
    FROM price_steps
)
SELECT
    a.firm,
    a.session,
    a.name,
    c.available,
    a.session - c.available > $max_age_days AS stale,
    CASE WHEN a.session - c.available <= $max_age_days THEN c.value END AS value,
    c.log_split,
    c.unseen
FROM asked AS a
ASOF JOIN carried AS c ON c.firm = a.firm AND c.name = a.name AND c.available < a.session
