-- One row a post that this scorer has read and that is not set aside, with what the panel needs of it. An id names an author within its platform; a post
-- without one stands for an author of its own.
-- reads: aside, posts, scores
-- makes: readings
-- takes: $cleaner, $revision, $scorer
CREATE OR REPLACE TEMP TABLE readings AS
SELECT
    p.post_key,
    p.created_at,
    coalesce(p.platform || ' ' || p.author_id, 'post ' || p.post_key) AS author_id,
    p.author_id IS NOT NULL AS has_author,
    p.followers,
    s.kind,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear
FROM posts AS p
JOIN scores AS s USING (post_key)
ANTI JOIN aside AS a USING (post_key)
WHERE s.scorer = $scorer AND s.revision = $revision AND s.cleaner = $cleaner
