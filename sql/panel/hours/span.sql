-- First and last quarter of an hour (of the epoch) with a post that this scorer has read, and the counts of the ledger: one row.
-- reads: posts, readings, sources
-- makes: rows
-- takes: $kinds
SELECT
    min(epoch_us(created_at)) // 900000000 AS first,
    max(epoch_us(created_at)) // 900000000 AS last,
    (SELECT coalesce(sum(rows_read), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_read,
    (SELECT coalesce(sum(rows_rejected), 0)::BIGINT FROM sources WHERE kind = 'posts') AS rows_rejected,
    (SELECT count(*) FROM posts) AS posts,
    count(*) AS scored,
    count(*) FILTER (list_contains($kinds, kind)) AS readable
FROM readings
