-- One row a distinct IPO, under the firm that bears its symbol $first_price_days days after the offer. Rows of one symbol whose offer dates follow each other within $same_offer_days days are one offer that
-- several files tell of: its date is the first of them, each other cell comes from the newest source that fills it.
-- reads: firms, ipos
-- makes: offers
-- takes: $first_price_days, $same_offer_days
CREATE OR REPLACE TEMP TABLE offers AS
WITH borne AS (
    SELECT i.* REPLACE (coalesce(f.firm, i.symbol) AS symbol)
    FROM ipos AS i
    LEFT JOIN firms AS f ON f.symbol = i.symbol AND i.offer_date + $first_price_days::INTEGER BETWEEN f.first AND f.last
),
told AS (
    SELECT *, coalesce(offer_date - lag(offer_date) OVER firm > $same_offer_days, TRUE) AS is_new
    FROM borne
    WINDOW firm AS (PARTITION BY symbol ORDER BY offer_date, source_id, line)
),
numbered AS (
    SELECT *, sum(is_new::INTEGER) OVER (ORDER BY symbol, offer_date, source_id, line)::BIGINT AS event
    FROM told
)
SELECT
    event,
    symbol,
    min(offer_date) AS offer_date,
    count(*) AS n_rows,
    first(company ORDER BY source_id DESC, line DESC) FILTER (company IS NOT NULL) AS company,
    first(offer_price ORDER BY source_id DESC, line DESC) FILTER (offer_price IS NOT NULL) AS offer_price,
    first(mid_price ORDER BY source_id DESC, line DESC) FILTER (mid_price IS NOT NULL) AS mid_price,
    first(proceeds ORDER BY source_id DESC, line DESC) FILTER (proceeds IS NOT NULL) AS proceeds,
    first(post_issue_shares ORDER BY source_id DESC, line DESC) FILTER (post_issue_shares IS NOT NULL) AS post_issue_shares,
    first(founded ORDER BY source_id DESC, line DESC) FILTER (founded IS NOT NULL) AS founded,
    first(is_adr ORDER BY source_id DESC, line DESC) FILTER (is_adr IS NOT NULL) AS is_adr,
    first(is_venture_backed ORDER BY source_id DESC, line DESC) FILTER (is_venture_backed IS NOT NULL) AS is_venture_backed,
    first(is_spac ORDER BY source_id DESC, line DESC) FILTER (is_spac IS NOT NULL) AS is_spac,
    first(is_unit ORDER BY source_id DESC, line DESC) FILTER (is_unit IS NOT NULL) AS is_unit,
    first(is_reit ORDER BY source_id DESC, line DESC) FILTER (is_reit IS NOT NULL) AS is_reit,
    first(is_rollup ORDER BY source_id DESC, line DESC) FILTER (is_rollup IS NOT NULL) AS is_rollup,
    first(industry ORDER BY source_id DESC, line DESC) FILTER (industry IS NOT NULL) AS industry,
    first(underwriter_rank ORDER BY source_id DESC, line DESC) FILTER (underwriter_rank IS NOT NULL) AS underwriter_rank,
    first(total_assets ORDER BY source_id DESC, line DESC) FILTER (total_assets IS NOT NULL) AS total_assets,
    first(secondary_share ORDER BY source_id DESC, line DESC) FILTER (secondary_share IS NOT NULL) AS secondary_share
FROM numbered
GROUP BY event, symbol
