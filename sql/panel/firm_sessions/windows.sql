-- One row a symbol, session, window and group: weighted mean emotions, stances and dimensions, posts and authors. The group '' is all posts, beside
-- which stand the two of a split, where there is one. Stances and dimensions are means over the posts that have them.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
-- reads: placed
-- makes: firm_windows
-- takes: $weights
CREATE OR REPLACE TEMP TABLE firm_windows AS
WITH counted AS (
    SELECT * REPLACE ('' AS "group") FROM placed WHERE has_price AND in_window
    UNION ALL
    SELECT * FROM placed WHERE has_price AND in_window AND "group" IS NOT NULL
),
weighted AS (
    SELECT
        *,
        weight_of(
            $weights,
            followers,
            count(*) OVER (PARTITION BY symbol, session, "window", "group", voter_of($weights, author_id, distinct_text))
        ) AS w
    FROM counted
)
SELECT
    symbol,
    session,
    "window",
    "group",
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    mean_of(w, COLUMNS(emotions())),
    mean_told(w, COLUMNS(tags())),
    mean_told(w, COLUMNS(rated()))
FROM weighted
GROUP BY symbol, session, "window", "group"
