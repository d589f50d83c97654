-- Why rows of a file of scores are left out: how many, on which line the first stands, and the commonest unknown labels.
-- reads: fates, given
-- makes: rows
SELECT f.fate AS reason, count(*) AS "rows", min(f.line) AS line, approx_top_k(g.detail, 5) FILTER (g.reason = 'unknown label') AS labels
FROM fates AS f
JOIN given AS g USING (n)
WHERE f.fate NOT IN ('kept', 'repeated')
GROUP BY f.fate
ORDER BY "rows" DESC, f.fate
