-- One row a cell of at least $min_posts posts and a text, or an author, that leads: the few of each suffix that make up most of its
-- cells, by the sum of their shares. The text's posts in the cell, its share of the weight, and its mean readings; a text of fewer
-- than $copy_words words is no text of anybody. `unit` is the earliest post of all, `total` its posts.
-- reads: noise_posts, posts
-- makes: rows
-- takes: $copy_words, $min_posts, $most
WITH cells AS (
    SELECT symbol, session, suffix, sum(w::DECIMAL(18, 12))::DOUBLE AS cell_w
    FROM noise_posts
    GROUP BY symbol, session, suffix
    HAVING count(*) >= $min_posts
),
units AS (
    SELECT n.*, c.cell_w, 'text' AS kind, n.copy AS leader FROM noise_posts AS n JOIN cells AS c USING (symbol, session, suffix)
    WHERE n.words >= $copy_words
    UNION ALL
    SELECT n.*, c.cell_w, 'author' AS kind, n.author AS leader FROM noise_posts AS n JOIN cells AS c USING (symbol, session, suffix)
),
ranked AS (
    SELECT kind, leader
    FROM units
    GROUP BY kind, leader, suffix
    HAVING count(*) > 1
    QUALIFY row_number() OVER (PARTITION BY kind, suffix ORDER BY sum((w / cell_w)::DECIMAL(18, 12)) DESC, leader) <= $most
),
led AS (
    SELECT u.* FROM units AS u SEMI JOIN ranked AS r ON r.kind = u.kind AND r.leader = u.leader
),
named AS (
    SELECT
        l.kind,
        l.leader,
        arg_min(p.platform || ' ' || p.post_id, (p.created_at, p.post_key)) AS unit,
        count(DISTINCT l.post_key) AS total
    FROM led AS l
    JOIN posts AS p USING (post_key)
    GROUP BY l.kind, l.leader
)
SELECT
    l.kind,
    any_value(n.unit) AS unit,
    any_value(n.total) AS total,
    l.symbol,
    l.session,
    l.suffix,
    count(*) AS posts,
    least(1, sum(l.w::DECIMAL(18, 12))::DOUBLE / any_value(l.cell_w)) AS share,
    mean_told(l.w, COLUMNS(lambda c: list_contains(emotions() || tags(), c)))
FROM led AS l
JOIN named AS n ON n.kind = l.kind AND n.leader = l.leader
GROUP BY l.kind, l.leader, l.symbol, l.session, l.suffix
ORDER BY l.kind DESC, unit, l.leader, l.suffix, l.symbol, l.session
