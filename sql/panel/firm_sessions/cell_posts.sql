-- One row a post behind a firm, session and window of the panel that was built last: of each the first $most by time.
-- reads: placed, posts
-- makes: rows
-- takes: $most
SELECT n.symbol, n.session, n."window", p.platform, p.post_id
FROM placed AS n
JOIN posts AS p USING (post_key)
WHERE n.has_price AND n.in_window
QUALIFY
    row_number() OVER (
        PARTITION BY n.symbol, n.session, n."window" ORDER BY n.created_at, p.platform, p.post_id
    ) <= $most
ORDER BY n.symbol, n.session, n."window", n.created_at, p.platform, p.post_id
