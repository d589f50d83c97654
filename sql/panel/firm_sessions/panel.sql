-- The panel: one row a firm and session with a price or a return on delisting, from the first session with posts to the last.
-- Emotions of a window with fewer than $min_posts posts are null; attention is null on a delisting only.
-- reads: firm_sessions, firm_windows, placed, unasked
-- makes: rows
-- takes: $min_posts
WITH span AS (
    SELECT min(session) AS first, max(session) AS last FROM placed WHERE has_price
),
enough AS (
    SELECT *, n_posts >= $min_posts AS shown FROM firm_windows WHERE "group" = ''
)
SELECT
    f.* EXCLUDE (is_traded),
    CASE WHEN pre_open.shown THEN pre_open.neutral END AS neutral_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.happy END AS happy_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.sad END AS sad_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.anger END AS anger_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.disgust END AS disgust_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.surprise END AS surprise_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.fear END AS fear_pre_open,
    CASE WHEN pre_open.shown THEN valence_of(pre_open.happy, pre_open.sad, pre_open.anger, pre_open.disgust, pre_open.fear) END AS valence_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.bearish END AS bearish_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.bullish END AS bullish_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.bullish - pre_open.bearish END AS stance_pre_open,
    CASE WHEN f.is_traded THEN ln(1 + coalesce(pre_open.n_posts, 0)) END AS attention_pre_open,
    coalesce(pre_open.n_posts, 0) AS n_posts_pre_open,
    coalesce(pre_open.n_authors, 0) AS n_authors_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.pleasure END AS pleasure_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.arousal END AS arousal_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.dominance END AS dominance_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.excitement END AS excitement_pre_open,
    CASE WHEN pre_open.shown THEN pre_open.calm END AS calm_pre_open,
    CASE WHEN market.shown THEN market.neutral END AS neutral_market,
    CASE WHEN market.shown THEN market.happy END AS happy_market,
    CASE WHEN market.shown THEN market.sad END AS sad_market,
    CASE WHEN market.shown THEN market.anger END AS anger_market,
    CASE WHEN market.shown THEN market.disgust END AS disgust_market,
    CASE WHEN market.shown THEN market.surprise END AS surprise_market,
    CASE WHEN market.shown THEN market.fear END AS fear_market,
    CASE WHEN market.shown THEN valence_of(market.happy, market.sad, market.anger, market.disgust, market.fear) END AS valence_market,
    CASE WHEN market.shown THEN market.bearish END AS bearish_market,
    CASE WHEN market.shown THEN market.bullish END AS bullish_market,
    CASE WHEN market.shown THEN market.bullish - market.bearish END AS stance_market,
    CASE WHEN f.is_traded THEN ln(1 + coalesce(market.n_posts, 0)) END AS attention_market,
    coalesce(market.n_posts, 0) AS n_posts_market,
    coalesce(market.n_authors, 0) AS n_authors_market,
    CASE WHEN market.shown THEN market.pleasure END AS pleasure_market,
    CASE WHEN market.shown THEN market.arousal END AS arousal_market,
    CASE WHEN market.shown THEN market.dominance END AS dominance_market,
    CASE WHEN market.shown THEN market.excitement END AS excitement_market,
    CASE WHEN market.shown THEN market.calm END AS calm_market
FROM firm_sessions AS f
ANTI JOIN unasked AS u ON u.firm = f.symbol
JOIN span ON f.session BETWEEN span.first AND span.last
LEFT JOIN enough AS pre_open
    ON pre_open.symbol = f.symbol AND pre_open.session = f.session AND pre_open."window" = 'pre_open'
LEFT JOIN enough AS market
    ON market.symbol = f.symbol AND market.session = f.session AND market."window" = 'market'
ORDER BY f.symbol, f.session
