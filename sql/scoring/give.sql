-- Rows of a file of scores that were read now, each with what keeps it from being seven probabilities, and of the stances both or none.
-- Where that was asked, each of the seven is divided by their sum. The sum is looked at as the store will hold it, in single precision.
-- What single precision cannot hold is no probability, and costs its row alone.
-- reads: slice
-- makes: given
-- takes: $renormalise, $tolerance
INSERT INTO given
WITH summed AS (
    SELECT
        *,
        neutral + happy + sad + anger + disgust + surprise + fear AS total,
        least(neutral, happy, sad, anger, disgust, surprise, fear) AS least,
        greatest(neutral, happy, sad, anger, disgust, surprise, fear) AS greatest
    FROM slice
),
scaled AS (
    SELECT
        *,
        $renormalise AND total > 0 AND least >= 0 AND greatest <= 1 + $tolerance AND abs(total - 1) >= $tolerance AS divided,
        CASE WHEN divided THEN total ELSE 1 END AS divisor
    FROM summed
),
held AS (
    SELECT
        * EXCLUDE (neutral, happy, sad, anger, disgust, surprise, fear, bearish, bullish),
        TRY_CAST(neutral / divisor AS FLOAT) AS neutral,
        TRY_CAST(happy / divisor AS FLOAT) AS happy,
        TRY_CAST(sad / divisor AS FLOAT) AS sad,
        TRY_CAST(anger / divisor AS FLOAT) AS anger,
        TRY_CAST(disgust / divisor AS FLOAT) AS disgust,
        TRY_CAST(surprise / divisor AS FLOAT) AS surprise,
        TRY_CAST(fear / divisor AS FLOAT) AS fear,
        coalesce(TRY_CAST(bearish AS FLOAT), 2 * sign(bearish)) AS bearish,
        coalesce(TRY_CAST(bullish AS FLOAT), 2 * sign(bullish)) AS bullish
    FROM scaled
)
SELECT
    n,
    line,
    platform,
    post_id,
    CASE
        WHEN reason IS NOT NULL THEN reason
        WHEN total IS NULL OR isnan(total) THEN 'probability missing or no number'
        WHEN least < 0 THEN 'probability below 0'
        WHEN greatest > 1 + $tolerance THEN 'probability above 1'
        WHEN NOT abs(neutral + happy + sad + anger + disgust + surprise + fear - 1) < $tolerance THEN 'probabilities do not sum to 1'
        WHEN (bearish IS NULL) <> (bullish IS NULL) OR isnan(bearish) OR isnan(bullish) THEN 'stance missing or no number'
        WHEN least(bearish, bullish) < 0 OR bearish + bullish > 1 + $tolerance THEN 'stance is no probability'
    END AS reason,
    detail,
    divided,
    neutral,
    happy,
    sad,
    anger,
    disgust,
    surprise,
    fear,
    bearish,
    bullish
FROM held
