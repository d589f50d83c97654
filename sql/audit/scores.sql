-- What every sample reads in the place of the view `scores` of the store: the readings of the audit, and no other scorer's.
-- reads: audit_readings, cleaned
-- makes: scores
CREATE OR REPLACE TEMP VIEW scores AS
SELECT
    c.post_key,
    s.cleaner,
    s.scorer,
    s.revision,
    c.kind,
    s.neutral,
    s.happy,
    s.sad,
    s.anger,
    s.disgust,
    s.surprise,
    s.fear,
    s.happy - (s.sad + s.anger + s.disgust + s.fear) AS valence,
    s.bearish,
    s.bullish,
    NULL AS n_tokens,
    NULL AS truncated
FROM cleaned AS c
JOIN audit_readings AS s USING (text_key, cleaner)
