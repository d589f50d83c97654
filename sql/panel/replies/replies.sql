-- One row a post that answers an earlier post of another author which the archive holds, with the valence of both and of the last post
-- that its author wrote before, on whatever firm; of two at one instant the platform's id tells which is the last. Authors are
-- numbers within this sample, in the order of digests.
-- reads: posts, readings, sessions
-- makes: rows
-- takes: $kinds
WITH told AS (
    SELECT
        r.post_key,
        r.author_id,
        r.created_at,
        p.platform,
        p.post_id,
        p.in_reply_to,
        valence_of(r.happy, r.sad, r.anger, r.disgust, r.fear)::DOUBLE AS valence
    FROM readings AS r
    JOIN posts AS p USING (post_key)
    WHERE list_contains($kinds, r.kind) AND r.has_author
),
answered AS (
    SELECT a.*, q.valence AS valence_replied, (epoch_us(a.created_at) - epoch_us(q.created_at)) / 3600e6 AS gap_hours
    FROM told AS a
    JOIN told AS q ON q.platform = a.platform AND q.post_id = a.in_reply_to
    WHERE q.author_id <> a.author_id AND q.created_at < a.created_at
),
lasts AS (
    SELECT *
    FROM told
    QUALIFY row_number() OVER (PARTITION BY author_id, created_at ORDER BY post_id DESC) = 1
),
placed AS (
    SELECT a.*, CASE WHEN a.created_at >= s.previous_close THEN s.session END AS session
    FROM answered AS a
    ASOF LEFT JOIN sessions AS s ON a.created_at < s.close
)
SELECT
    dense_rank() OVER (ORDER BY md5(a.author_id)) AS author,
    a.session,
    a.gap_hours,
    b.valence AS valence_before,
    a.valence_replied,
    a.valence AS valence_after
FROM placed AS a
ASOF LEFT JOIN lasts AS b ON b.author_id = a.author_id AND a.created_at > b.created_at
WHERE a.session IS NOT NULL
ORDER BY author, a.created_at, a.post_key
