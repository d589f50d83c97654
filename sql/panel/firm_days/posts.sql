-- One row a post that counts and a firm that it names, of the $firms firms that most posts name, with its weight in the firm's
-- session, from the close before to its own close.
-- reads: placed
-- makes: day_posts
-- takes: $firms, $weights
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
    weight_of($weights, p.followers, count(*) OVER (PARTITION BY p.symbol, p.session, p.author_id)) AS w,
    lacks_weight($weights, p.followers, p.has_author) AS lacking
FROM counted AS p
JOIN most USING (symbol)
