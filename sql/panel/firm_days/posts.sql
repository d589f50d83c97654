-- One row a post that counts and a firm that it names, of the $firms firms that most posts name, with its weight in the firm's
-- session, from the close before to its own close: of how many it is one when posts are counted, and whether it is likely promotion or by a
-- likely bot.
-- reads: histories, placed, promoted
-- makes: day_posts
-- takes: $bots_min_posts, $bots_posts_per_day, $bots_repeated, $firms, $weights
CREATE OR REPLACE TEMP TABLE day_posts AS
WITH counted AS (
    SELECT * FROM placed WHERE has_price AND in_window
),
most AS (
    SELECT symbol FROM counted GROUP BY symbol QUALIFY row_number() OVER (ORDER BY count(*) DESC, symbol) <= $firms
)
SELECT
    p.*,
    valence_of(p.happy, p.sad, p.anger, p.disgust, p.fear) AS valence,
    weight_of(
        $weights,
        p.followers,
        count(*) OVER (PARTITION BY p.symbol, p.session, voter_of($weights, p.author_id, p.distinct_text))
    ) AS w,
    CASE $weights WHEN 'distinct_text' THEN w::DOUBLE ELSE 1 END AS counts,
    lacks_weight($weights, p.followers, p.has_author) AS lacking,
    q.post_key IS NOT NULL OR coalesce(
        is_bot(h.earlier_posts, h.earlier_days, h.earlier_repeats, $bots_min_posts, $bots_posts_per_day, $bots_repeated), false
    ) AS promoted
FROM counted AS p
JOIN most USING (symbol)
LEFT JOIN promoted AS q ON q.post_key = p.post_key
LEFT JOIN histories AS h ON h.post_key = p.post_key
