-- Digests, in any order of rows, of what decides posts, prices and market data beside the bytes of their files: how each file was
-- read and when among the others, which text each post has, and every row that a number may rest on. Bodies are not in it: their
-- texts are.
-- reads: announcements, characteristics, classifications, cleaned, delistings, ipos, post_symbols, posts, prices, series, sources
-- makes: rows
SELECT
    (SELECT md5(concat_ws(' ', count(*), bit_xor(h), sum(CAST(h AS HUGEINT)))) FROM (
        SELECT hash(source_id, path, kind, format, mapping, sha256, rows_read, rows_kept, rows_repeated, rows_rejected) AS h
        FROM sources
        WHERE kind <> 'scores'
    )) AS readings,
    (SELECT md5(concat_ws(' ', count(*), bit_xor(h), sum(CAST(h AS HUGEINT)))) FROM (
        SELECT hash(post_key, cleaner, text_key, kind) AS h FROM cleaned
    )) AS texts,
    (SELECT md5(concat_ws(' ', count(*), bit_xor(h), sum(CAST(h AS HUGEINT)))) FROM (
        SELECT hash(post_key, source_id, platform, post_id, author_id, created_at, followers, verified, repost_of, sentiment, language, in_reply_to) AS h
        FROM posts
    )) AS posts,
    (SELECT md5(string_agg(told, ' ' ORDER BY of)) FROM (
        SELECT of, concat_ws(' ', of, count(*), bit_xor(h), sum(CAST(h AS HUGEINT))) AS told FROM (
            SELECT 'post_symbols' AS of, hash(t) AS h FROM post_symbols AS t
            UNION ALL SELECT 'prices' AS of, hash(t) AS h FROM prices AS t
            UNION ALL SELECT 'characteristics' AS of, hash(t) AS h FROM characteristics AS t
            UNION ALL SELECT 'classifications' AS of, hash(t) AS h FROM classifications AS t
            UNION ALL SELECT 'series' AS of, hash(t) AS h FROM series AS t
            UNION ALL SELECT 'ipos' AS of, hash(t) AS h FROM ipos AS t
            UNION ALL SELECT 'announcements' AS of, hash(t) AS h FROM announcements AS t
            UNION ALL SELECT 'delistings' AS of, hash(t) AS h FROM delistings AS t
        ) AS hashed
        GROUP BY of
    )) AS rows
