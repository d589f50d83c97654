-- Each text has dimensions once a reader revision, and none of them is NaN or infinite.
SELECT text_key, cleaner, reader, revision, count(*) AS n
FROM text_dimensions
GROUP BY text_key, cleaner, reader, revision
HAVING count(*) > 1 OR NOT bool_and(isfinite(pleasure + arousal + dominance))
