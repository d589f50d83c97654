-- Posts that name one firm by several of its symbols: one row a post and symbol that does not count, since another of the post does.
-- Which firm bears a symbol is asked of the session that the post belongs to.
-- reads: firms, post_symbols, posts, sessions
-- makes: named_twice
CREATE OR REPLACE TEMP TABLE named_twice AS
WITH borne AS (
    SELECT y.post_key, y.symbol, f.firm, f.first, f.last
    FROM post_symbols AS y
    JOIN firms AS f USING (symbol)
),
several AS (
    SELECT p.post_key, p.created_at
    FROM posts AS p
    SEMI JOIN (SELECT post_key FROM borne GROUP BY post_key, firm HAVING count(DISTINCT symbol) > 1) AS b USING (post_key)
),
dated AS (
    SELECT p.post_key, coalesce(CASE WHEN p.created_at >= s.previous_close THEN s.session END, p.created_at::DATE) AS day
    FROM several AS p
    ASOF LEFT JOIN sessions AS s ON p.created_at < s.close
)
SELECT b.post_key, b.symbol
FROM borne AS b
JOIN dated AS d USING (post_key)
WHERE d.day BETWEEN b.first AND b.last
QUALIFY row_number() OVER (PARTITION BY b.post_key, b.firm ORDER BY b.symbol) > 1
