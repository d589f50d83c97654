-- One row a readable post: the first filter that leaves it out, and what a split divides it by; none where nobody asks.
-- reads: cleaned, histories, posts, readings, sessions, text_marks
-- makes: marks
-- takes: $bots_min_posts, $bots_posts_per_day, $bots_repeated, $by, $cleaner, $disseminates, $figures, $has_figures, $is_finance, $kinds, $language, $max_followers, $max_posts_per_author_day, $min_followers, $since_us, $until_us, $verified, $wanted
CREATE OR REPLACE TEMP TABLE marks AS
WITH known AS (
    SELECT
        p.post_key,
        p.created_at,
        p.language,
        p.verified,
        p.followers,
        p.sentiment,
        t.is_finance,
        t.about_price,
        regexp_matches(p.body, $figures::VARCHAR) AS has_figures,
        p.repost_of IS NOT NULL OR t.has_link OR regexp_matches(p.body, '^\s*RT\W') AS disseminates,
        h.earlier_posts,
        h.most_on_a_day,
        CASE WHEN p.created_at >= o.open THEN p.created_at < o.open + INTERVAL 1 HOUR END AS in_first_hour,
        is_bot(
            h.earlier_posts, h.earlier_days, h.earlier_repeats, $bots_min_posts, $bots_posts_per_day, $bots_repeated
        ) AS is_bot
    FROM readings AS r
    JOIN posts AS p USING (post_key)
    LEFT JOIN cleaned AS c ON c.post_key = r.post_key AND c.cleaner = $cleaner
    LEFT JOIN text_marks AS t ON t.text_key = c.text_key
    LEFT JOIN histories AS h ON h.post_key = r.post_key
    ASOF LEFT JOIN (SELECT * FROM sessions WHERE $by = 'clock') AS o ON p.created_at < o.close
    WHERE $wanted AND list_contains($kinds, r.kind)
)
SELECT
    post_key,
    CASE
        WHEN $language IS NOT NULL AND language IS DISTINCT FROM $language THEN 'language'
        WHEN epoch_us(created_at) < $since_us::BIGINT OR epoch_us(created_at) >= $until_us::BIGINT THEN 'period'
        WHEN is_finance IS DISTINCT FROM coalesce($is_finance::BOOLEAN, is_finance) THEN 'content'
        WHEN has_figures IS DISTINCT FROM coalesce($has_figures::BOOLEAN, has_figures) THEN 'figures'
        WHEN disseminates IS DISTINCT FROM coalesce($disseminates::BOOLEAN, disseminates) THEN 'origin'
        WHEN verified IS DISTINCT FROM coalesce($verified::BOOLEAN, verified) THEN 'verified'
        WHEN $min_followers IS NOT NULL AND coalesce(followers, -1) < $min_followers::BIGINT THEN 'followers'
        WHEN $max_followers IS NOT NULL AND coalesce(followers > $max_followers::BIGINT, true) THEN 'followers'
        WHEN most_on_a_day > $max_posts_per_author_day::BIGINT THEN 'prolific'
        WHEN is_bot THEN 'bots'
    END AS left_out,
    CASE $by
        WHEN 'content' THEN is_finance::DOUBLE
        WHEN 'figures' THEN has_figures::DOUBLE
        WHEN 'origin' THEN (NOT disseminates)::DOUBLE
        WHEN 'verified' THEN verified::DOUBLE
        WHEN 'followers' THEN followers::DOUBLE
        WHEN 'history' THEN earlier_posts::DOUBLE
        WHEN 'clock' THEN in_first_hour::DOUBLE
        WHEN 'tag' THEN (sentiment IS NOT NULL)::DOUBLE
        WHEN 'cause' THEN about_price
    END AS measure
FROM known
