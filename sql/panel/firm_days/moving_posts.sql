-- One row a distinct text of a chosen firm-session: how far all posts of that text moved the session's valence from the firm's usual
-- one, those that moved it most first. Its post is the earliest; its body only where $texts allows it, and cut.
-- reads: chosen, cleaned, day_posts, posts
-- makes: rows
-- takes: $cleaner, $longest, $posts, $texts
WITH told AS (
    SELECT
        d.*,
        c.usual,
        t.text_key,
        sum(d.w) OVER (PARTITION BY d.symbol, d.session)::DOUBLE AS weight
    FROM day_posts AS d
    JOIN chosen AS c USING (symbol, session)
    LEFT JOIN cleaned AS t ON t.post_key = d.post_key AND t.cleaner = $cleaner
),
grouped AS (
    SELECT
        symbol,
        session,
        count(*) AS n_posts,
        arg_min(post_key, (created_at, post_key)) AS post_key,
        sum((w::DOUBLE * (valence - usual))::DECIMAL(18, 12))::DOUBLE / any_value(weight) AS moved,
        avg(COLUMNS(emotions())::DECIMAL(18, 12))
    FROM told
    GROUP BY symbol, session, coalesce(text_key, post_key::UHUGEINT)
    QUALIFY row_number() OVER (PARTITION BY symbol, session ORDER BY abs(moved) DESC, min(post_key)) <= $posts
)
SELECT
    g.* EXCLUDE (post_key),
    p.platform,
    p.post_id,
    p.created_at,
    CASE WHEN $texts THEN left(p.body, $longest) END AS body
FROM grouped AS g
JOIN posts AS p USING (post_key)
ORDER BY g.symbol, g.session, abs(g.moved) DESC, g.post_key
