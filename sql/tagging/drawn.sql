-- One row a text of a cell that is drawn: the first cells of each kind, and the first texts of each of these, in random orders.
-- reads: cleaned, placed, tag_cells, tag_strata
-- makes: tag_drawn
-- takes: $cleaner, $most, $seed
CREATE OR REPLACE TEMP TABLE tag_drawn AS
WITH chosen AS (
    SELECT s.stratum, c.symbol, c.session, c."window", c.n_texts
    FROM tag_cells AS c
    JOIN tag_strata AS s USING ("window", reading, texts)
    WHERE c.place <= s.drawn
),
held AS (
    SELECT DISTINCT c.*, d.text_key
    FROM chosen AS c
    JOIN placed AS p USING (symbol, session, "window")
    JOIN cleaned AS d ON d.post_key = p.post_key AND d.cleaner = $cleaner
    WHERE p.has_price AND p.in_window
)
SELECT * FROM held
QUALIFY row_number() OVER (
    PARTITION BY symbol, session, "window"
    ORDER BY md5(concat_ws(' ', $seed::BIGINT, symbol, session, "window", text_key)), text_key
) <= $most
