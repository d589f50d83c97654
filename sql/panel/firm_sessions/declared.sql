-- One row a symbol, session and window with posts that their writers tagged: how many they called bullish, and bearish, and how far
-- their readings go against these tags on average.
-- reads: placed, posts
-- makes: rows
SELECT
    n.symbol,
    n.session,
    n."window",
    count(*) FILTER (p.sentiment = 'bullish') AS bullish,
    count(*) FILTER (p.sentiment = 'bearish') AS bearish,
    mean_of(1, divergence_of(p.sentiment, n.happy, n.sad, n.anger, n.disgust, n.fear)) AS divergence
FROM placed AS n
JOIN posts AS p USING (post_key)
WHERE n.has_price AND n.in_window AND p.sentiment IS NOT NULL
GROUP BY n.symbol, n.session, n."window"
ORDER BY n.symbol, n.session, n."window"
