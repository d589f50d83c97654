-- Rows of a file of scores that are left out, with the reason.
-- reads: fates, given
-- makes: quarantine
-- takes: $source_id
INSERT INTO quarantine
SELECT
    $source_id AS source_id,
    f.line,
    f.fate AS reason,
    left(
        concat_ws(
            ' ',
            nullif(g.platform, ''),
            g.post_id || ' |',
            coalesce(
                g.detail,
                concat_ws(
                    ' ',
                    coalesce(g.neutral::VARCHAR, '-'),
                    coalesce(g.happy::VARCHAR, '-'),
                    coalesce(g.sad::VARCHAR, '-'),
                    coalesce(g.anger::VARCHAR, '-'),
                    coalesce(g.disgust::VARCHAR, '-'),
                    coalesce(g.surprise::VARCHAR, '-'),
                    coalesce(g.fear::VARCHAR, '-'),
                    g.bearish::VARCHAR,
                    g.bullish::VARCHAR
                )
            )
        ),
        300
    ) AS detail
FROM fates AS f
JOIN given AS g USING (n)
WHERE f.fate NOT IN ('kept', 'repeated')
ORDER BY f.n
