-- One row a symbol, session, window and group of a split: what the panel shows of it. Emotions of a group with fewer than
-- $min_posts posts are null.
-- reads: firm_windows
-- makes: rows
-- takes: $min_posts
SELECT
    symbol,
    session,
    "window",
    "group",
    CASE WHEN n_posts >= $min_posts THEN COLUMNS(emotions()) END,
    CASE WHEN n_posts >= $min_posts THEN valence_of(happy, sad, anger, disgust, fear) END AS valence,
    CASE WHEN n_posts >= $min_posts THEN COLUMNS(tags()) END,
    CASE WHEN n_posts >= $min_posts THEN bullish - bearish END AS stance,
    n_posts
FROM firm_windows
WHERE "group" <> ''
ORDER BY symbol, session, "window", "group"
