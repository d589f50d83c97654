-- Each id of the staged lines: where it stands first, how often, and the post that holds it already.
-- Ids alone are compared here, since the texts of a large store are not read for them. One row an id.
-- reads: posts, staged_posts
-- makes: matched
CREATE OR REPLACE TEMP TABLE matched AS
WITH ids AS (
    SELECT platform, post_id, min(n) AS first_n, count(*) AS copies
    FROM staged_posts
    GROUP BY platform, post_id
)
SELECT i.platform, i.post_id, i.first_n, i.copies, p.post_key AS stored_key
FROM ids AS i
LEFT JOIN posts AS p
    ON p.platform = i.platform AND p.post_id = i.post_id
