-- Whether a post does not tell what its weight rests on.
CREATE OR REPLACE TEMP MACRO lacks_weight(weights, followers, has_author) AS
CASE weights WHEN 'log_followers' THEN followers IS NULL WHEN 'one_vote' THEN NOT has_author ELSE false END
