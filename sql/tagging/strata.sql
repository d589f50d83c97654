-- One row a kind of cells: how many there are.
-- reads: tag_cells
-- makes: rows
SELECT "window", reading, texts, count(*) AS cells
FROM tag_cells
GROUP BY "window", reading, texts
ORDER BY "window", list_position(emotions(), reading), texts
