-- One row a post that this scorer has read and that is not set aside, with what the panel needs of it. An id names an author
-- within its platform; a post without one stands for an author of its own. distinct_text is one for all posts of a text and of
-- its near-copies; where the text has fewer than $copy_words words, for one author's posts; null where nobody asks. Dimensions
-- are null where nobody has read them; excitement and calm are 1 for a post above neutral pleasure that is, or is not, above
-- neutral arousal. Where tags are evidence, a tagged post's probabilities are given text and tag: weighed by tag_odds, which holds
-- no tag where nobody asks.
-- reads: aside, cleaned, dimensions, posts, scores, tag_odds, text_copies
-- makes: readings
-- takes: $cleaner, $copies, $copy_words, $neutral, $revision, $scorer
CREATE OR REPLACE TEMP TABLE readings AS
WITH copies AS (
    SELECT c.post_key, t.copy, t.words FROM text_copies AS t JOIN cleaned AS c USING (text_key) WHERE c.cleaner = $cleaner
),
weighed AS (
    SELECT
        p.post_key,
        s.neutral * t.neutral + s.happy * t.happy + s.sad * t.sad + s.anger * t.anger
        + s.disgust * t.disgust + s.surprise * t.surprise + s.fear * t.fear AS total,
        (s.neutral * t.neutral / total)::FLOAT AS neutral,
        (s.happy * t.happy / total)::FLOAT AS happy,
        (s.sad * t.sad / total)::FLOAT AS sad,
        (s.anger * t.anger / total)::FLOAT AS anger,
        (s.disgust * t.disgust / total)::FLOAT AS disgust,
        (s.surprise * t.surprise / total)::FLOAT AS surprise,
        (s.fear * t.fear / total)::FLOAT AS fear
    FROM posts AS p
    JOIN scores AS s USING (post_key)
    JOIN tag_odds AS t USING (sentiment)
    WHERE s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
),
known AS (
    SELECT
        p.post_key,
        p.created_at,
        coalesce(p.platform || ' ' || p.author_id, 'post ' || p.post_key) AS author_id,
        p.author_id IS NOT NULL AS has_author,
        p.followers,
        s.kind,
        coalesce(w.neutral, s.neutral) AS neutral,
        coalesce(w.happy, s.happy) AS happy,
        coalesce(w.sad, s.sad) AS sad,
        coalesce(w.anger, s.anger) AS anger,
        coalesce(w.disgust, s.disgust) AS disgust,
        coalesce(w.surprise, s.surprise) AS surprise,
        coalesce(w.fear, s.fear) AS fear,
        s.bearish,
        s.bullish,
        d.pleasure,
        d.arousal,
        d.dominance,
        (d.pleasure > $neutral AND d.arousal > $neutral)::DOUBLE AS excitement,
        (d.pleasure > $neutral AND d.arousal <= $neutral)::DOUBLE AS calm
    FROM posts AS p
    JOIN scores AS s USING (post_key)
    ANTI JOIN aside AS a USING (post_key)
    LEFT JOIN weighed AS w USING (post_key)
    LEFT JOIN dimensions AS d ON d.post_key = p.post_key AND d.cleaner = $cleaner
    WHERE s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
)
SELECT
    k.*,
    CASE
        WHEN NOT $copies THEN NULL
        WHEN c.words >= $copy_words THEN c.copy
        ELSE md5_number_lower(k.author_id || ' ' || coalesce(c.copy::VARCHAR, 'post ' || k.post_key))
    END AS distinct_text
FROM known AS k
LEFT JOIN copies AS c USING (post_key)
