-- One row a firm and session with a market value known on the session before: its group of five by that value, and its return. The
-- value takes the close as traded and shares of the same firm, carried across splits; it is null, and has no row, where these or a
-- split between are unknown.
-- reads: price_steps, share_counts
-- makes: size_groups
CREATE OR REPLACE TEMP TABLE size_groups AS
WITH before AS (
    SELECT *, coalesce(lag(log_split) OVER firm, 0) AS log_split_before, coalesce(lag(unseen) OVER firm, 0) AS unseen_before
    FROM price_steps
    WINDOW firm AS (PARTITION BY firm ORDER BY number)
),
valued AS (
    SELECT
        d.firm,
        d.session,
        d.return_close_close AS "return",
        d.traded_before * k.value * exp(d.log_split_before - k.log_split) AS cap
    FROM before AS d
    ASOF JOIN share_counts AS k ON k.firm = d.firm AND k.available < d.session
    WHERE d.traded_before > 0 AND k.unseen = d.unseen_before
)
SELECT *, ntile(5) OVER (PARTITION BY session ORDER BY cap, firm) AS size_group
FROM valued
