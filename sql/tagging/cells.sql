-- One row a cell that the panel averages: what kind of cell it is (its window, its likeliest emotion, one text or several), and
-- its place in the random order of its kind. A digest of seed and cell gives the order, which no order of rows can change.
-- reads: cleaned, firm_windows, placed
-- makes: tag_cells
-- takes: $cleaner, $min_posts, $seed
CREATE OR REPLACE TEMP TABLE tag_cells AS
WITH texts AS (
    SELECT p.symbol, p.session, p."window", count(DISTINCT c.text_key) AS n_texts
    FROM placed AS p
    JOIN cleaned AS c ON c.post_key = p.post_key AND c.cleaner = $cleaner
    WHERE p.has_price AND p.in_window
    GROUP BY p.symbol, p.session, p."window"
),
means AS (
    SELECT symbol, session, "window", list_value(*COLUMNS(emotions())) AS p
    FROM firm_windows
    WHERE "group" = '' AND n_posts >= $min_posts
),
kinds AS (
    SELECT
        m.symbol,
        m.session,
        m."window",
        emotions()[list_position(m.p, list_max(m.p))] AS reading,
        CASE WHEN t.n_texts = 1 THEN 'one' ELSE 'several' END AS texts,
        t.n_texts
    FROM means AS m
    JOIN texts AS t USING (symbol, session, "window")
)
SELECT
    *,
    row_number() OVER (
        PARTITION BY "window", reading, texts
        ORDER BY md5(concat_ws(' ', $seed::BIGINT, symbol, session, "window")), symbol, session
    ) AS place
FROM kinds
