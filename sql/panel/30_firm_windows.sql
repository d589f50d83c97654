-- One row a symbol, session, window and group: weighted mean emotions, posts and authors. The group '' is all posts, beside which
-- stand the two of a split, where there is one.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
CREATE OR REPLACE TEMP TABLE firm_windows AS
WITH counted AS (
    SELECT * REPLACE ('' AS "group") FROM placed WHERE has_price AND in_window
    UNION ALL
    SELECT * FROM placed WHERE has_price AND in_window AND "group" IS NOT NULL
),
weighted AS (
    SELECT
        *,
        CASE $weights
            WHEN 'equal' THEN 1.0
            WHEN 'log_followers' THEN 1 + ln(1 + coalesce(followers, 0))
            WHEN 'one_vote' THEN 1.0 / count(*) OVER (PARTITION BY symbol, session, "window", "group", author_id)
        END::DECIMAL(18, 12) AS w
    FROM counted
)
SELECT
    symbol,
    session,
    "window",
    "group",
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    sum((w::DOUBLE * neutral)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS neutral,
    sum((w::DOUBLE * happy)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS happy,
    sum((w::DOUBLE * sad)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS sad,
    sum((w::DOUBLE * anger)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS anger,
    sum((w::DOUBLE * disgust)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS disgust,
    sum((w::DOUBLE * surprise)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS surprise,
    sum((w::DOUBLE * fear)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS fear
FROM weighted
GROUP BY symbol, session, "window", "group"
