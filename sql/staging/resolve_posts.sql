-- Each staged line. verdict: new (becomes a post), repeated (same id, same text), conflict (same id, other text).
-- post_key: the post that the line is or repeats; new ones are numbered after the store's posts, in the order of the lines.
-- reads: matched, posts, staged_posts
-- makes: resolved
CREATE OR REPLACE TEMP TABLE resolved AS
WITH stored AS (
    SELECT post_key, body
    FROM posts
    WHERE post_key IN (SELECT stored_key FROM matched WHERE stored_key IS NOT NULL)
),
firsts AS (
    SELECT s.n, s.body
    FROM staged_posts AS s
    JOIN matched AS m ON m.first_n = s.n
    WHERE m.copies > 1 AND m.stored_key IS NULL
),
judged AS (
    SELECT
        s.n,
        s.source_id,
        s.line,
        m.first_n,
        m.stored_key,
        CASE
            WHEN m.stored_key IS NULL AND s.n = m.first_n THEN 'new'
            WHEN s.body = coalesce(p.body, f.body) THEN 'repeated'
            ELSE 'conflict'
        END AS verdict
    FROM staged_posts AS s
    JOIN matched AS m USING (platform, post_id)
    LEFT JOIN stored AS p ON p.post_key = m.stored_key
    LEFT JOIN firsts AS f ON f.n = m.first_n
),
numbered AS (
    SELECT
        n,
        (SELECT coalesce(max(post_key), 0) FROM posts) + row_number() OVER (ORDER BY n) AS post_key
    FROM judged
    WHERE verdict = 'new'
)
SELECT j.n, j.source_id, j.line, j.verdict, j.stored_key IS NOT NULL AS is_stored, coalesce(j.stored_key, k.post_key) AS post_key
FROM judged AS j
LEFT JOIN numbered AS k ON k.n = j.first_n
