-- One row a suffix: the mean over its cells of their weighted mean readings. Sums are decimal, since decimal addition gives the same
-- digits in whatever order threads add.
-- reads: noise_posts
-- makes: rows
WITH cells AS (
    SELECT symbol, session, suffix, mean_of(w::DECIMAL(18, 12), COLUMNS(lambda c: list_contains(emotions() || tags(), c)))
    FROM noise_posts
    GROUP BY symbol, session, suffix
)
SELECT suffix, mean_of(1::DECIMAL(18, 12), COLUMNS(lambda c: list_contains(emotions() || tags(), c)))
FROM cells
GROUP BY suffix
ORDER BY suffix
