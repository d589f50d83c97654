-- Rows of a file of scores that were read now, each with what keeps it from being seven probabilities, and of the stances both or none.
-- Where that was asked, each of the seven is divided by their sum. The sum is looked at as the store will hold it, in single precision.
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
        (neutral / divisor)::FLOAT AS neutral,
        (happy / divisor)::FLOAT AS happy,
        (sad / divisor)::FLOAT AS sad,
        (anger / divisor)::FLOAT AS anger,
        (disgust / divisor)::FLOAT AS disgust,
        (surprise / divisor)::FLOAT AS surprise,
        (fear / divisor)::FLOAT AS fear,
        bearish::FLOAT AS bearish,
        bullish::FLOAT AS bullish
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
