-- One row a symbol, session, window and group of a split: what the panel shows of it. Emotions of a group with fewer than
-- $min_posts posts are null.
SELECT
    symbol,
    session,
    "window",
    "group",
    CASE WHEN n_posts >= $min_posts THEN neutral END AS neutral,
    CASE WHEN n_posts >= $min_posts THEN happy END AS happy,
    CASE WHEN n_posts >= $min_posts THEN sad END AS sad,
    CASE WHEN n_posts >= $min_posts THEN anger END AS anger,
    CASE WHEN n_posts >= $min_posts THEN disgust END AS disgust,
    CASE WHEN n_posts >= $min_posts THEN surprise END AS surprise,
    CASE WHEN n_posts >= $min_posts THEN fear END AS fear,
    CASE WHEN n_posts >= $min_posts THEN happy - (sad + anger + disgust + fear) END AS valence,
    n_posts
FROM firm_windows
WHERE "group" <> ''
ORDER BY symbol, session, "window", "group"
