-- Digest of what a file says of posts, in any order of its rows: equal for the same scores of the same ids in another file, and for a
-- file without stances what it was before there were any.
-- reads: given
-- makes: rows
SELECT left(md5(concat_ws(' ', count(*), bit_xor(md5_number(concat_ws(chr(31), platform, post_id, told))))), 12) AS revision
FROM (
    SELECT DISTINCT
        platform,
        post_id,
        concat_ws(' ', neutral, happy, sad, anger, disgust, surprise, fear, bearish, bullish) AS told
    FROM given
    WHERE reason IS NULL
) AS distinct_rows
