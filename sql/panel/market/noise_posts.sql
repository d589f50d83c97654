-- One row a post and window of the market (pre_open, market, and day: both): its weight there, its text up to near-copies, its author,
-- and its reading.
-- reads: cleaned, market_posts, text_copies
-- makes: noise_posts
-- takes: $cleaner, $weights
CREATE OR REPLACE TEMP TABLE noise_posts AS
WITH spread AS (
    SELECT * FROM market_posts
    UNION ALL
    SELECT * REPLACE ('day' AS "window") FROM market_posts
)
SELECT
    s.symbol,
    s.session,
    s."window" AS suffix,
    weight_of(
        $weights,
        s.followers,
        count(*) OVER (PARTITION BY s.symbol, s.session, s."window", voter_of($weights, s.author_id, s.distinct_text))
    )::DOUBLE AS w,
    t.copy,
    t.words,
    md5_number_lower(s.author_id) AS author,
    s.post_key,
    COLUMNS(emotions())
FROM spread AS s
JOIN cleaned AS c ON c.post_key = s.post_key AND c.cleaner = $cleaner
JOIN text_copies AS t ON t.text_key = c.text_key
