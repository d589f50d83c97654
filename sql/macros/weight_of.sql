-- What a post counts within its mean; `votes` is the number of posts of its voter there, an author or a text.
CREATE OR REPLACE TEMP MACRO weight_of(weights, followers, votes) AS
CASE weights
    WHEN 'equal' THEN 1.0
    WHEN 'log_followers' THEN 1 + ln(1 + coalesce(followers, 0))
    WHEN 'one_vote' THEN 1.0 / votes
    WHEN 'distinct_text' THEN 1.0 / votes
END::DECIMAL(18, 12)
