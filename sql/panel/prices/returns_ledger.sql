-- What became of the returns of the prices asked for, one row.
-- reads: price_steps, step_keys
-- makes: rows
SELECT
    count(*) AS priced,
    count(return_close_close) AS known,
    count(*) FILTER (reason = 'first') AS first,
    count(*) FILTER (reason = 'gap') AS gap,
    count(*) FILTER (reason = 'hand_over') AS hand_over,
    count(*) FILTER (reason = 'split') AS split,
    count(*) FILTER (reason = 'seam') AS seam,
    count(*) FILTER (reason = 'missing_adjusted') AS missing_adjusted,
    count(*) FILTER (reason = 'impossible') AS impossible,
    count(*) FILTER (is_mended) AS mended,
    count(*) FILTER (is_seam AND return_close_close IS NOT NULL) AS seams,
    count(*) FILTER (is_large AND return_close_close IS NOT NULL) AS large,
    count(*) FILTER (is_silent AND return_close_close IS NOT NULL) AS silent,
    count(*) FILTER (is_doubtful AND return_close_close IS NOT NULL) AS doubtful,
    count(*) FILTER (unknown_scale) AS unknown_scale
FROM price_steps
JOIN step_keys USING (firm, session)
