-- One row a post that counts and a firm that it names, with its author's place in what is written on the firm. A post that tells no
-- author, repeats another's words or one's own, is left out of the author's chain, and has no place in it. Sums of valence up to the post,
-- and of the author's own, run over all posts, so that what others wrote meanwhile is a difference. The close is the last one that was
-- known when the post was written; where the firm has no price on that session there is none.
-- reads: placed, posts, price_steps, sessions
-- makes: told_posts
CREATE OR REPLACE TEMP TABLE told_posts AS
WITH named AS (
    SELECT
        p.*,
        o.post_id,
        o.sentiment,
        valence_of(p.happy, p.sad, p.anger, p.disgust, p.fear) AS valence,
        o.repost_of IS NOT NULL OR regexp_matches(o.body, '^\s*RT\W') AS reposts
    FROM placed AS p
    JOIN posts AS o USING (post_key)
    WHERE p.is_asked AND p.session IS NOT NULL
),
judged AS (
    SELECT
        *,
        CASE
            WHEN NOT has_author THEN 'author'
            WHEN reposts THEN 'repost'
            WHEN row_number() OVER (PARTITION BY symbol, author_id, reposts, distinct_text ORDER BY created_at, post_id) > 1
                THEN 'copy'
        END AS dropped,
        count(*) OVER all_so_far - count(*) OVER own_so_far AS n_others,
        sum(valence::DECIMAL(18, 12)) OVER all_so_far - sum(valence::DECIMAL(18, 12)) OVER own_so_far AS others,
        count(*) OVER all_now - count(*) OVER own_now AS n_others_now,
        sum(valence::DECIMAL(18, 12)) OVER all_now - sum(valence::DECIMAL(18, 12)) OVER own_now AS others_now
    FROM named
    WINDOW
        all_so_far AS (PARTITION BY symbol ORDER BY created_at),
        own_so_far AS (PARTITION BY symbol, author_id ORDER BY created_at),
        all_now AS (PARTITION BY symbol, created_at),
        own_now AS (PARTITION BY symbol, author_id, created_at)
)
SELECT
    j.*,
    CASE WHEN dropped IS NULL THEN row_number() OVER chain END AS nth,
    CASE WHEN dropped IS NULL THEN count(*) OVER (PARTITION BY j.symbol, author_id, dropped) END AS n_history,
    CASE WHEN dropped IS NULL THEN last_value(sentiment IGNORE NULLS) OVER chain END AS tag_held,
    s.number AS closed,
    c.log_level,
    c.segment
FROM judged AS j
ASOF LEFT JOIN sessions AS s ON j.created_at >= s.close
LEFT JOIN price_steps AS c ON c.firm = j.symbol AND c.session = s.session AND c.close IS NOT NULL
WINDOW chain AS (
    PARTITION BY j.symbol, author_id, dropped ORDER BY created_at, post_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
)
