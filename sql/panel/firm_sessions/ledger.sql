-- The counts of the attrition ledger, one row.
-- reads: cleaned, placed, posts, readings, sources
-- makes: rows
-- takes: $above, $below, $cleaner, $kinds, $weights
SELECT
    (SELECT coalesce(sum(rows_read), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_read,
    (SELECT coalesce(sum(rows_rejected), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_rejected,
    (SELECT coalesce(sum(rows_repeated), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_repeated,
    (SELECT count(*) FROM posts) AS posts,
    (SELECT count(*) FROM readings) AS scored,
    (SELECT count(*) FROM readings WHERE list_contains($kinds, kind)) AS readable,
    (
        SELECT count(*) FROM readings AS r JOIN cleaned AS c USING (post_key)
        WHERE list_contains($kinds, r.kind) AND c.cleaner = $cleaner AND c.mended
    ) AS mended,
    (SELECT count(DISTINCT post_key) FROM placed) AS naming,
    (SELECT count(*) FROM placed) AS placed,
    (SELECT count(*) FROM placed WHERE is_asked) AS asked,
    (SELECT count(*) FROM placed WHERE has_prices) AS with_prices,
    (SELECT count(*) FROM placed WHERE has_prices AND session IS NOT NULL) AS in_session,
    (SELECT count(*) FROM placed WHERE has_price) AS with_price,
    (SELECT count(*) FROM placed WHERE has_price AND in_window) AS in_window,
    (SELECT count(*) FROM placed WHERE has_price AND in_window AND "group" = $above) AS above,
    (SELECT count(*) FROM placed WHERE has_price AND in_window AND "group" = $below) AS below,
    (SELECT count(*) FROM placed WHERE has_price AND in_window AND lacks_weight($weights, followers, has_author)) AS lacking
