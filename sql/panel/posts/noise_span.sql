-- Posts of some sessions, in an order that no thread can change.
-- reads: noise_posts
-- makes: rows
-- takes: $first, $last
SELECT * FROM noise_posts
WHERE session BETWEEN $first AND $last
ORDER BY session, suffix, symbol, copy, author, post_key
