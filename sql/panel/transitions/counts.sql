-- One row: posts by firm, those that are left out of chains and why, and pairs with and without enough history behind them.
-- reads: told_posts
-- makes: rows
-- takes: $min_history
SELECT
    count(*) AS posts,
    count(*) FILTER (dropped = 'author') AS no_author,
    count(*) FILTER (dropped = 'repost') AS reposts,
    count(*) FILTER (dropped = 'copy') AS copies,
    count(*) FILTER (nth > 1) AS pairs,
    count(*) FILTER (nth > 1 AND n_history >= $min_history) AS with_history
FROM told_posts
