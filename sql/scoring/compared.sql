-- One row a text of a seeded sample of a store's distinct texts that have something to read: its number, the first post that reads
-- so, what kind of text it is, and the texts that could be drawn.
-- reads: cleaned
-- makes: compared
-- takes: $cleaner, $sample, $seed
CREATE OR REPLACE TEMP TABLE compared AS
WITH firsts AS (
    SELECT text_key, min(post_key) AS post_key, min(kind) AS kind
    FROM cleaned
    WHERE cleaner = $cleaner AND kind <> 'empty'
    GROUP BY text_key
),
drawn AS (
    SELECT post_key, kind, md5(concat_ws(' ', $seed, text_key)) AS lot, count(*) OVER () AS of
    FROM firsts
    ORDER BY lot
    LIMIT $sample
)
SELECT row_number() OVER (ORDER BY lot) - 1 AS n, post_key, kind, of FROM drawn
