-- One row a post that counts and a firm that it names, of the $firms firms that most posts name, with its weight in the firm's
-- session, from the close before to its own close.
CREATE OR REPLACE TEMP TABLE day_posts AS
WITH counted AS (
    SELECT * FROM placed WHERE has_price AND in_window
),
most AS (
    SELECT symbol FROM counted GROUP BY symbol QUALIFY row_number() OVER (ORDER BY count(*) DESC, symbol) <= $firms
)
SELECT
    p.*,
    p.happy - (p.sad + p.anger + p.disgust + p.fear) AS valence,
    CASE $weights
        WHEN 'equal' THEN 1.0
        WHEN 'log_followers' THEN 1 + ln(1 + coalesce(p.followers, 0))
        WHEN 'one_vote' THEN 1.0 / count(*) OVER (PARTITION BY p.symbol, p.session, p.author_id)
    END::DECIMAL(18, 12) AS w,
    CASE $weights WHEN 'log_followers' THEN p.followers IS NULL WHEN 'one_vote' THEN NOT p.has_author ELSE false END AS lacking
FROM counted AS p
JOIN most USING (symbol)
