-- One row a file of posts that was read anew as it had changed: the least number of posts that only its earlier readings have, since
-- each of them that the newest reads too is repeated there, or refused for another text. They stay in the store.
-- reads: quarantine, sources
-- makes: rows
WITH readings AS (
    SELECT path, source_id, rows_kept, rows_repeated, max(source_id) OVER (PARTITION BY path) AS newest
    FROM sources
    WHERE kind = 'posts'
),
edited AS (
    SELECT source_id, count(*) AS posts
    FROM quarantine
    WHERE reason = 'id already stored with another text'
    GROUP BY source_id
)
SELECT
    r.path,
    (
        coalesce(sum(r.rows_kept::BIGINT) FILTER (r.source_id < r.newest), 0)
        - coalesce(sum((r.rows_repeated + coalesce(e.posts, 0))::BIGINT) FILTER (r.source_id = r.newest), 0)
    )::BIGINT AS gone
FROM readings AS r
LEFT JOIN edited AS e USING (source_id)
GROUP BY r.path
HAVING gone > 0
ORDER BY r.path
