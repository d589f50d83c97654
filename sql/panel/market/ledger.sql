-- The counts of the market's attrition ledger, one row.
-- reads: market_posts, posts, readings, sources
-- makes: rows
-- takes: $kinds, $weights
SELECT
    (SELECT coalesce(sum(rows_read), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_read,
    (SELECT coalesce(sum(rows_rejected), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_rejected,
    (SELECT count(*) FROM posts) AS posts,
    (SELECT count(*) FROM readings) AS scored,
    (SELECT count(*) FROM readings WHERE list_contains($kinds, kind)) AS readable,
    (SELECT count(DISTINCT post_key) FROM market_posts) AS placed,
    (SELECT count(DISTINCT post_key) FROM market_posts WHERE lacks_weight($weights, followers, has_author)) AS lacking
