-- One slice of them; neighbours are of similar length, which keeps batches full. The key leaves the store as the text of a
-- UUID: neither Parquet nor a data frame has an unsigned 128-bit integer, and each would round it.
-- reads: texts, unscored
-- makes: rows
-- takes: $start, $stop
SELECT CAST(CAST(u.text_key AS UUID) AS VARCHAR) AS text_key, t.text, u.posts
FROM unscored AS u
JOIN texts AS t ON t.rowid = u.place
WHERE u.n >= $start AND u.n < $stop
ORDER BY length(t.text), u.n
