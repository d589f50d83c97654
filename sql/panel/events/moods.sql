-- One row an event with posts: weighted mean emotions of the posts that name its symbol at since <= instant < until.
-- Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
-- reads: event_windows, post_symbols, readings
-- makes: rows
-- takes: $kinds, $weights
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
        weight_of(
            $weights, followers, count(*) OVER (PARTITION BY event, voter_of($weights, author_id, distinct_text))
        ) AS w
    FROM placed
)
SELECT
    event,
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    count(*) FILTER (lacks_weight($weights, followers, has_author)) AS n_lacking,
    mean_of(w, COLUMNS(emotions()))
FROM weighted
GROUP BY event
ORDER BY event
