-- Every row of the bridge names a post, once a symbol.
SELECT s.post_key, s.symbol, count(*) AS n, any_value(p.post_key) AS post
FROM post_symbols AS s
LEFT JOIN posts AS p USING (post_key)
GROUP BY s.post_key, s.symbol
HAVING count(*) > 1 OR any_value(p.post_key) IS NULL
