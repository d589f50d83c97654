-- The readings without the posts that a filter has left out.
-- reads: marks, readings
-- makes: readings
CREATE OR REPLACE TEMP TABLE readings AS
SELECT r.* FROM readings AS r ANTI JOIN (SELECT post_key FROM marks WHERE left_out IS NOT NULL) AS m USING (post_key)
