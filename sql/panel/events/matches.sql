-- One row an event with a market value on its day: the firm of the closest larger market value, and, among firms within 30 per
-- cent of its market value, the firm of the closest book-to-market ratio. Candidates have been traded for $seasoned_days days and
-- made no offer in that time. Characteristics are as of the day; an event's own book value may follow it by $book_days days. A restatement
-- of an earlier period does not replace a later one.
-- reads: characteristics, event_days, firms, offers, price_steps, share_counts
-- makes: rows
-- takes: $book_days, $seasoned_days
WITH published AS (
    SELECT coalesce(f.firm, c.symbol) AS symbol, c.period, c.available, c.value
    FROM characteristics AS c
    LEFT JOIN firms AS f ON f.symbol = c.symbol AND c.period BETWEEN f.first AND f.last
    WHERE c.name = 'book_equity' AND c.value > 0
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(f.firm, c.symbol), c.available ORDER BY c.period DESC, c.source_id DESC, c.line DESC
    ) = 1
),
books AS (
    SELECT *
    FROM published
    QUALIFY period >= max(period) OVER (PARTITION BY symbol ORDER BY available)
),
seasoned AS (SELECT firm, min(session) AS first FROM price_steps GROUP BY firm),
candidates AS (
    SELECT p.session AS day, p.firm AS symbol, p.traded_close, p.log_split, p.unseen
    FROM price_steps AS p
    JOIN seasoned AS s USING (firm)
    WHERE p.session IN (SELECT day FROM event_days)
        AND p.traded_close IS NOT NULL
        AND p.session - s.first >= $seasoned_days
        AND NOT EXISTS (
            SELECT 1 FROM offers AS o
            WHERE o.symbol = p.firm AND o.offer_date BETWEEN p.session - $seasoned_days AND p.session
        )
),
capped AS (
    SELECT
        c.day,
        c.symbol,
        c.traded_close * n.value * exp(c.log_split - n.log_split) AS cap
    FROM candidates AS c
    ASOF JOIN share_counts AS n ON n.firm = c.symbol AND n.available <= c.day
    WHERE n.unseen = c.unseen
),
valued AS (
    SELECT c.*, b.value / c.cap AS book_to_market
    FROM capped AS c
    ASOF LEFT JOIN books AS b ON b.symbol = c.symbol AND b.available <= c.day
),
own AS (
    SELECT e.event, e.symbol, e.day, e.cap, b.value / e.cap AS book_to_market
    FROM (SELECT *, day + $book_days AS book_day FROM event_days) AS e
    ASOF LEFT JOIN books AS b ON b.symbol = e.symbol AND b.available <= e.book_day
    WHERE e.cap > 0
),
by_size AS (
    SELECT o.event, v.symbol
    FROM own AS o
    JOIN valued AS v ON v.day = o.day AND v.symbol <> o.symbol AND v.cap >= o.cap
    QUALIFY row_number() OVER (PARTITION BY o.event ORDER BY v.cap, v.symbol) = 1
),
by_both AS (
    SELECT o.event, v.symbol
    FROM own AS o
    JOIN valued AS v ON v.day = o.day AND v.symbol <> o.symbol AND v.cap BETWEEN 0.7 * o.cap AND 1.3 * o.cap
    WHERE v.book_to_market IS NOT NULL AND o.book_to_market IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY o.event ORDER BY abs(v.book_to_market - o.book_to_market), v.symbol) = 1
)
SELECT event, s.symbol AS size, b.symbol AS size_bm
FROM by_size AS s
FULL JOIN by_both AS b USING (event)
ORDER BY event
