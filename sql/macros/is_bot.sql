-- Whether an author's earlier posts look like a likely bot's: so many a day that they wrote on, or so many that repeat one of
-- their own.
CREATE OR REPLACE TEMP MACRO is_bot(earlier_posts, earlier_days, earlier_repeats, min_posts, posts_per_day, repeated) AS
earlier_posts >= min_posts AND (earlier_posts > posts_per_day * earlier_days OR earlier_repeats > repeated * earlier_posts)
