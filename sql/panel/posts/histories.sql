-- One row a post with an author: what its author had written in the archive before it; none where nobody asks.
-- Ties in time are broken by the platform's id, which does not depend on the order of files.
-- reads: cleaned, posts
-- makes: histories
-- takes: $cleaner, $wanted
CREATE OR REPLACE TEMP TABLE histories AS
WITH written AS (
    SELECT
        p.post_key,
        p.platform,
        p.author_id,
        p.created_at,
        p.post_id,
        row_number() OVER (
            PARTITION BY p.platform, p.author_id, epoch_us(p.created_at) // 86400000000
            ORDER BY p.created_at, p.post_id
        ) AS nth_of_day,
        c.text_key IS NOT NULL AND row_number() OVER (
            PARTITION BY p.platform, p.author_id, c.text_key ORDER BY p.created_at, p.post_id
        ) > 1 AS repeats
    FROM posts AS p
    LEFT JOIN cleaned AS c ON c.post_key = p.post_key AND c.cleaner = $cleaner
    WHERE $wanted AND p.author_id IS NOT NULL
)
SELECT
    post_key,
    count(*) OVER earlier AS earlier_posts,
    coalesce(sum((nth_of_day = 1)::INTEGER) OVER earlier, 0)::BIGINT AS earlier_days,
    coalesce(sum(repeats::INTEGER) OVER earlier, 0)::BIGINT AS earlier_repeats,
    max(nth_of_day) OVER so_far AS most_on_a_day
FROM written
WINDOW
    earlier AS (
        PARTITION BY platform, author_id ORDER BY created_at, post_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ),
    so_far AS (PARTITION BY platform, author_id ORDER BY created_at, post_id)
