-- One row a cell that is drawn, with its texts that are.
-- reads: tag_drawn
-- makes: rows
SELECT stratum, symbol, session, n_texts, list(text_key::VARCHAR ORDER BY text_key) AS keys
FROM tag_drawn
GROUP BY stratum, symbol, session, n_texts
ORDER BY stratum, symbol, session
