-- Posts that name one firm by several of its symbols: one row a post and symbol that does not count, since another of the post does.
-- reads: firms, post_symbols, posts
-- makes: named_twice
CREATE OR REPLACE TEMP TABLE named_twice AS
SELECT DISTINCT y.post_key, y.symbol
FROM post_symbols AS y
JOIN firms AS f ON f.symbol = y.symbol
JOIN posts AS p USING (post_key)
JOIN post_symbols AS other ON other.post_key = y.post_key AND other.symbol < y.symbol
JOIN firms AS same ON same.symbol = other.symbol AND same.firm = f.firm
WHERE p.created_at::DATE BETWEEN f.first AND f.last AND p.created_at::DATE BETWEEN same.first AND same.last
