-- One row a symbol and session with posts: posts, authors, distinct texts and likely promotion, weighted mean emotions, and sums of the
-- posts' valence.
-- reads: day_posts
-- makes: rows
SELECT
    symbol,
    session,
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    count(DISTINCT distinct_text) AS n_texts,
    count(*) FILTER (promoted) AS n_promoted,
    count(*) FILTER (lacking) AS n_lacking,
    mean_of(w, COLUMNS(emotions())),
    sum(w)::DOUBLE AS weight,
    sum(counts::DECIMAL(18, 12))::DOUBLE AS counted,
    sum((counts * valence)::DECIMAL(18, 12))::DOUBLE AS valence_sum,
    sum((counts * (valence * valence))::DECIMAL(18, 12))::DOUBLE AS valence_squares
FROM day_posts
GROUP BY symbol, session
ORDER BY symbol, session
