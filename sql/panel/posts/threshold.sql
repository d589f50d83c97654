-- The median of what a split divides by, over the posts that count; one row.
-- reads: marks
-- makes: rows
SELECT median(measure) AS threshold FROM marks WHERE left_out IS NULL
