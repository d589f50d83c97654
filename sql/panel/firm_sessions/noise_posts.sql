-- One row a post that counts in a cell: its weight there, its text up to near-copies, its author, and its reading. A suffix names the
-- window and, of a split, the group: market, pre_open_finance.
-- reads: cleaned, placed, text_copies
-- makes: noise_posts
-- takes: $cleaner, $weights
CREATE OR REPLACE TEMP TABLE noise_posts AS
WITH counted AS (
    SELECT * REPLACE ('' AS "group") FROM placed WHERE has_price AND in_window
    UNION ALL
    SELECT * FROM placed WHERE has_price AND in_window AND "group" IS NOT NULL
)
SELECT
    n.symbol,
    n.session,
    concat_ws('_', n."window", nullif(n."group", '')) AS suffix,
    weight_of(
        $weights,
        n.followers,
        count(*) OVER (
            PARTITION BY n.symbol, n.session, n."window", n."group", voter_of($weights, n.author_id, n.distinct_text)
        )
    )::DOUBLE AS w,
    t.copy,
    t.words,
    md5_number_lower(n.author_id) AS author,
    n.post_key,
    COLUMNS(emotions()),
    COLUMNS(tags())
FROM counted AS n
JOIN cleaned AS c ON c.post_key = n.post_key AND c.cleaner = $cleaner
JOIN text_copies AS t ON t.text_key = c.text_key
