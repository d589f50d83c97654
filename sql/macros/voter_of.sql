-- Which posts share one vote within a mean: an author's, or all posts of a text; null where each post weighs by itself.
CREATE OR REPLACE TEMP MACRO voter_of(weights, author_id, distinct_text) AS
CASE weights WHEN 'one_vote' THEN md5_number_lower(author_id) WHEN 'distinct_text' THEN distinct_text END
