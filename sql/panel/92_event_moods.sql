-- One row an event with posts: weighted mean emotions of the posts that name its symbol at since <= instant < until.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
WITH placed AS (
    SELECT w.event, r.*
    FROM event_windows AS w
    JOIN post_symbols AS y USING (symbol)
    JOIN readings AS r USING (post_key)
    WHERE r.created_at >= w.since AND r.created_at < w.until AND list_contains($kinds, r.kind)
),
weighted AS (
    SELECT
        *,
        CASE $weights
            WHEN 'equal' THEN 1.0
            WHEN 'log_followers' THEN 1 + ln(1 + coalesce(followers, 0))
            WHEN 'one_vote' THEN 1.0 / count(*) OVER (PARTITION BY event, author_id)
        END::DECIMAL(18, 12) AS w
    FROM placed
)
SELECT
    event,
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    count(*) FILTER (CASE $weights
        WHEN 'log_followers' THEN followers IS NULL
        WHEN 'one_vote' THEN NOT has_author
        ELSE false
    END) AS n_lacking,
    sum((w::DOUBLE * neutral)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS neutral,
    sum((w::DOUBLE * happy)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS happy,
    sum((w::DOUBLE * sad)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS sad,
    sum((w::DOUBLE * anger)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS anger,
    sum((w::DOUBLE * disgust)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS disgust,
    sum((w::DOUBLE * surprise)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS surprise,
    sum((w::DOUBLE * fear)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS fear
FROM weighted
GROUP BY event
ORDER BY event
