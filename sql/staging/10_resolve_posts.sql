-- Each staged line: the first line of the file with its id, whether the store holds the id already, and whether the text agrees.
-- One row a staged line. verdict: new (becomes a post), repeated (same id, same text), conflict (same id, other text).
CREATE OR REPLACE TEMP TABLE resolved AS
WITH firsts AS (
    SELECT
        line,
        platform,
        post_id,
        body,
        first_value(line) OVER same_id AS first_line,
        first_value(body) OVER same_id AS first_body
    FROM staged_posts
    WINDOW same_id AS (PARTITION BY platform, post_id ORDER BY line)
)
SELECT
    f.line,
    f.first_line,
    p.post_key AS stored_key,
    CASE
        WHEN f.body <> coalesce(p.body, f.first_body) THEN 'conflict'
        WHEN p.post_key IS NULL AND f.line = f.first_line THEN 'new'
        ELSE 'repeated'
    END AS verdict
FROM firsts AS f
LEFT JOIN posts AS p
    ON p.platform = f.platform AND p.post_id = f.post_id
