-- One row two consecutive posts of one author about one firm, at most $max_gap_days apart, of authors with $min_history posts on the firm
-- or more. The return runs from the last close known before the first to the last known before the second; both may be the same
-- close, or a step of the prices between them unknown. An author is a number within this sample, in the order of digests.
-- reads: told_posts
-- makes: rows
-- takes: $max_gap_days, $min_history
WITH paired AS (
    SELECT
        b.symbol,
        b.session,
        b.author_id,
        b.nth - 1 AS nth,
        b.n_history,
        (epoch_us(b.created_at) - epoch_us(a.created_at)) / 3600e6 AS gap_hours,
        b.closed - a.closed AS n_closes,
        CASE WHEN b.segment = a.segment AND b.closed > a.closed THEN exp(b.log_level - a.log_level) - 1 END AS return_between,
        a.log_level IS NULL OR b.log_level IS NULL AS is_unpriced,
        a.tag_held = 'bullish' AS bullish_before,
        b.sentiment = 'bullish' AS bullish_after,
        b.n_others - b.n_others_now - a.n_others AS n_between,
        (b.others - b.others_now - a.others)::DOUBLE AS between,
        a.neutral AS neutral_before,
        a.happy AS happy_before,
        a.sad AS sad_before,
        a.anger AS anger_before,
        a.disgust AS disgust_before,
        a.surprise AS surprise_before,
        a.fear AS fear_before,
        a.valence AS valence_before,
        a.pleasure AS pleasure_before,
        a.arousal AS arousal_before,
        a.dominance AS dominance_before,
        b.neutral AS neutral_after,
        b.happy AS happy_after,
        b.sad AS sad_after,
        b.anger AS anger_after,
        b.disgust AS disgust_after,
        b.surprise AS surprise_after,
        b.fear AS fear_after,
        b.valence AS valence_after,
        b.pleasure AS pleasure_after,
        b.arousal AS arousal_after,
        b.dominance AS dominance_after
    FROM told_posts AS b
    JOIN told_posts AS a ON a.symbol = b.symbol AND a.author_id = b.author_id AND a.nth = b.nth - 1
    WHERE b.n_history >= $min_history
)
SELECT
    dense_rank() OVER (ORDER BY md5(author_id)) AS author,
    * EXCLUDE (author_id, n_between, between),
    greatest(n_between, 0) AS n_others,
    CASE WHEN n_between > 0 THEN between / n_between END AS valence_others
FROM paired
WHERE gap_hours <= 24 * $max_gap_days
ORDER BY symbol, author, nth
