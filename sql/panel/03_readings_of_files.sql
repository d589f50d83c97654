-- Digests, in any order of rows, of what decides posts, prices and market data beside the bytes of their files: how each file was
-- read and when among the others, which text each post has, and how many rows each table holds.
SELECT
    (SELECT md5(concat_ws(' ', count(*), bit_xor(h), sum(CAST(h AS HUGEINT)))) FROM (
        SELECT hash(source_id, path, kind, format, mapping, sha256, rows_read, rows_kept, rows_repeated, rows_rejected) AS h
        FROM sources
    )) AS readings,
    (SELECT md5(concat_ws(' ', count(*), bit_xor(h), sum(CAST(h AS HUGEINT)))) FROM (
        SELECT hash(post_key, cleaner, text_key, kind) AS h FROM cleaned
    )) AS texts,
    concat_ws(
        ' ',
        (SELECT count(*) FROM posts),
        (SELECT count(*) FROM post_symbols),
        (SELECT count(*) FROM prices),
        (SELECT count(*) FROM characteristics),
        (SELECT count(*) FROM classifications),
        (SELECT count(*) FROM series),
        (SELECT count(*) FROM ipos),
        (SELECT count(*) FROM announcements),
        (SELECT count(*) FROM delistings)
    ) AS rows
