-- What becomes of each row of a file of scores. fate: kept, repeated (the same scores of the same post as a row before), or why it
-- is left out. Of two rows that give one post different scores neither is kept. A file that names no platform has ''.
-- reads: given, posts
-- makes: fates
CREATE OR REPLACE TEMP TABLE fates AS
WITH ids AS (
    SELECT platform, post_id, min(n) AS first, min(told) <> max(told) AS differ
    FROM (
        SELECT n, platform, post_id, hash(neutral, happy, sad, anger, disgust, surprise, fear, bearish, bullish) AS told
        FROM given
        WHERE reason IS NULL
    ) AS hashed
    GROUP BY platform, post_id
),
matched AS (
    SELECT i.platform, i.post_id, i.first, i.differ, min(p.post_key) AS post_key, count(p.post_key) AS posts
    FROM ids AS i
    LEFT JOIN posts AS p ON p.post_id = i.post_id AND (i.platform = '' OR p.platform = i.platform)
    GROUP BY i.platform, i.post_id, i.first, i.differ
)
SELECT
    g.n,
    g.line,
    CASE
        WHEN g.reason IS NOT NULL THEN g.reason
        WHEN m.differ THEN 'two scores of one post'
        WHEN m.posts = 0 THEN 'no such post'
        WHEN m.posts > 1 THEN 'post on several platforms'
        WHEN g.n > m.first THEN 'repeated'
        ELSE 'kept'
    END AS fate,
    m.post_key
FROM given AS g
LEFT JOIN matched AS m USING (platform, post_id)
