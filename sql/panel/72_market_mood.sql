-- One row a session and window (pre_open, market, and day: both): the mean over symbols of weighted mean emotions, which is the
-- weighted mean over posts where all posts stand under one symbol. Symbols with fewer than $min_posts posts have no mean.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
WITH spread AS (
    SELECT * FROM market_posts
    UNION ALL
    SELECT * REPLACE ('day' AS "window") FROM market_posts
),
weighted AS (
    SELECT
        *,
        CASE $weights
            WHEN 'equal' THEN 1.0
            WHEN 'log_followers' THEN 1 + ln(1 + coalesce(followers, 0))
            WHEN 'one_vote' THEN 1.0 / count(*) OVER (PARTITION BY symbol, session, "window", author_id)
        END::DECIMAL(18, 12) AS w
    FROM spread
),
means AS (
    SELECT
        symbol,
        session,
        "window",
        count(*) AS n_posts,
        count(*) >= $min_posts AS shown,
        sum((w::DOUBLE * neutral)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS neutral,
        sum((w::DOUBLE * happy)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS happy,
        sum((w::DOUBLE * sad)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS sad,
        sum((w::DOUBLE * anger)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS anger,
        sum((w::DOUBLE * disgust)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS disgust,
        sum((w::DOUBLE * surprise)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS surprise,
        sum((w::DOUBLE * fear)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS fear
    FROM weighted
    GROUP BY symbol, session, "window"
)
SELECT
    session,
    "window",
    sum(n_posts)::BIGINT AS n_posts,
    sum(neutral::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS neutral,
    sum(happy::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS happy,
    sum(sad::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS sad,
    sum(anger::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS anger,
    sum(disgust::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS disgust,
    sum(surprise::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS surprise,
    sum(fear::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0) AS fear
FROM means
GROUP BY session, "window"
ORDER BY session, "window"
