-- The distinct texts of posts whose language no tag tells.
-- reads: cleaned, posts, texts
-- makes: rows
-- takes: $cleaner, $untold
SELECT DISTINCT t.text
FROM texts AS t
JOIN cleaned AS c USING (text_key, cleaner)
JOIN posts AS p USING (post_key)
WHERE t.cleaner = $cleaner AND (p.language IS NULL OR list_contains($untold, regexp_extract(lower(p.language), '^[a-z]*')))
