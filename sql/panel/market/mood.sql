-- One row a session and window (pre_open, market, and day: both): the mean over symbols of weighted mean emotions, which is the
-- weighted mean over posts where all posts stand under one symbol. Symbols with fewer than $min_posts posts have no mean.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
-- reads: market_posts
-- makes: rows
-- takes: $min_posts, $weights
WITH spread AS (
    SELECT * FROM market_posts
    UNION ALL
    SELECT * REPLACE ('day' AS "window") FROM market_posts
),
weighted AS (
    SELECT
        *,
        weight_of(
            $weights,
            followers,
            count(*) OVER (PARTITION BY symbol, session, "window", voter_of($weights, author_id, distinct_text))
        ) AS w
    FROM spread
),
means AS (
    SELECT
        symbol,
        session,
        "window",
        count(*) AS n_posts,
        count(*) >= $min_posts AS shown,
        mean_of(w, COLUMNS(emotions()))
    FROM weighted
    GROUP BY symbol, session, "window"
)
SELECT
    session,
    "window",
    sum(n_posts)::BIGINT AS n_posts,
    sum(COLUMNS(emotions())::DECIMAL(18, 12)) FILTER (shown)::DOUBLE / nullif(count(*) FILTER (shown), 0)
FROM means
GROUP BY session, "window"
ORDER BY session, "window"
