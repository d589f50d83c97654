-- One row an IPO with its first and last session. Prices of its symbol before the offer belong to another firm, as do prices
-- from the symbol's next offer on and prices after its delisting: none of them is used. The newest source tells of a delisting.
-- reads: delistings, firms, offers, price_steps, sessions
-- makes: rows
-- takes: $first_price_days
WITH spans AS (
    SELECT *, coalesce(lead(offer_date) OVER (PARTITION BY symbol ORDER BY offer_date), DATE '9999-12-31') AS next_offer
    FROM offers
),
gone AS (
    SELECT s.event, d.session AS delisted, d.delisting_return, d.reason
    FROM spans AS s
    LEFT JOIN firms AS f ON f.firm = s.symbol
    JOIN delistings AS d
        ON d.symbol = coalesce(f.symbol, s.symbol) AND (f.firm IS NULL OR d.session BETWEEN f.first AND f.last) AND d.session > s.offer_date AND d.session < s.next_offer
    QUALIFY row_number() OVER (PARTITION BY s.event ORDER BY d.session, d.source_id DESC, d.line DESC) = 1
),
traded AS (
    SELECT
        s.event,
        min(p.session) FILTER (p.session >= s.offer_date) AS first_session,
        max(p.session) FILTER (p.session >= s.offer_date AND p.session <= coalesce(g.delisted, s.next_offer)) AS last_session,
        max(p.session) FILTER (p.session < s.offer_date) AS last_before,
        count(*) FILTER (p.session < s.offer_date) AS n_before
    FROM spans AS s
    LEFT JOIN gone AS g USING (event)
    JOIN price_steps AS p ON p.firm = s.symbol AND p.session < s.next_offer
    GROUP BY s.event
)
SELECT
    s.*,
    CASE WHEN t.first_session - s.offer_date <= $first_price_days THEN t.first_session END AS first_session,
    t.last_session,
    t.last_before,
    coalesce(t.n_before, 0) AS n_before,
    c.number,
    c.open AS opens,
    p.traded_close AS first_close,
    g.delisted,
    g.delisting_return,
    g.reason
FROM spans AS s
LEFT JOIN traded AS t USING (event)
LEFT JOIN gone AS g USING (event)
LEFT JOIN sessions AS c ON c.session = t.first_session
LEFT JOIN price_steps AS p ON p.firm = s.symbol AND p.session = t.first_session
ORDER BY event
