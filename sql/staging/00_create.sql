-- Staging tables of one file; dropped when the file is committed.
CREATE OR REPLACE TEMP TABLE staged_posts AS SELECT * EXCLUDE (post_key, source_id) FROM posts LIMIT 0;
CREATE OR REPLACE TEMP TABLE staged_symbols AS SELECT 0::BIGINT AS line, symbol, origin FROM post_symbols LIMIT 0;
CREATE OR REPLACE TEMP TABLE staged_rejected AS SELECT * EXCLUDE (source_id) FROM quarantine LIMIT 0;
CREATE OR REPLACE TEMP TABLE staged_prices AS SELECT * EXCLUDE (source_id) FROM prices LIMIT 0
