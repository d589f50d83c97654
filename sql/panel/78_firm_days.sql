-- One row a symbol and session with posts: posts, authors, weighted mean emotions, and sums of the posts' valence.
SELECT
    symbol,
    session,
    count(*) AS n_posts,
    count(DISTINCT author_id) AS n_authors,
    count(*) FILTER (lacking) AS n_lacking,
    sum((w::DOUBLE * neutral)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS neutral,
    sum((w::DOUBLE * happy)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS happy,
    sum((w::DOUBLE * sad)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS sad,
    sum((w::DOUBLE * anger)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS anger,
    sum((w::DOUBLE * disgust)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS disgust,
    sum((w::DOUBLE * surprise)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS surprise,
    sum((w::DOUBLE * fear)::DECIMAL(18, 12))::DOUBLE / sum(w)::DOUBLE AS fear,
    sum(w)::DOUBLE AS weight,
    sum(valence::DECIMAL(18, 12))::DOUBLE AS valence_sum,
    sum((valence * valence)::DECIMAL(18, 12))::DOUBLE AS valence_squares
FROM day_posts
GROUP BY symbol, session
ORDER BY symbol, session
