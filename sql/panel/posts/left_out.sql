-- How many readable posts each filter leaves out; a post counts for the first that does.
-- reads: marks
-- makes: rows
SELECT left_out, count(*) AS posts FROM marks WHERE left_out IS NOT NULL GROUP BY left_out ORDER BY left_out
