-- One row an event and session with posts within its window: posts and the weighted mean of one mood. A post belongs to the first
-- session that closes after it. Sums are decimal, since decimal addition gives the same digits in whatever order threads add.
-- reads: event_windows, firms, named_twice, post_symbols, readings, sessions
-- makes: rows
-- takes: $kinds, $mood, $weights
WITH named AS (
    SELECT w.event, w.number AS event_number, f.first, f.last, r.*
    FROM event_windows AS w
    LEFT JOIN firms AS f ON f.firm = w.symbol
    JOIN post_symbols AS y ON y.symbol = coalesce(f.symbol, w.symbol)
    ANTI JOIN named_twice AS t ON t.post_key = y.post_key AND t.symbol = y.symbol
    JOIN readings AS r ON r.post_key = y.post_key
    WHERE r.created_at >= w.since AND r.created_at < w.until AND list_contains($kinds, r.kind)
),
weighted AS (
    SELECT
        n.event,
        s.number - n.event_number AS event_day,
        CASE $mood
            WHEN 'neutral' THEN neutral
            WHEN 'happy' THEN happy
            WHEN 'sad' THEN sad
            WHEN 'anger' THEN anger
            WHEN 'disgust' THEN disgust
            WHEN 'surprise' THEN surprise
            WHEN 'fear' THEN fear
            WHEN 'valence' THEN valence_of(happy, sad, anger, disgust, fear)
        END AS mood,
        weight_of(
            $weights,
            followers,
            count(*) OVER (PARTITION BY n.event, s.number, voter_of($weights, n.author_id, n.distinct_text))
        ) AS w
    FROM named AS n
    ASOF JOIN sessions AS s ON n.created_at < s.close
    WHERE n.first IS NULL OR s.session BETWEEN n.first AND n.last
)
SELECT
    event,
    event_day,
    count(*) AS n_posts,
    mean_of(w, mood) AS mood
FROM weighted
GROUP BY event, event_day
ORDER BY event, event_day
