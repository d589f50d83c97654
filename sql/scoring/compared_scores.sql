-- What one scorer read in each text of the sample; null where it has not read the text.
-- reads: compared, scores
-- makes: rows
-- takes: $cleaner, $revision, $scorer
SELECT c.n, s.neutral, s.happy, s.sad, s.anger, s.disgust, s.surprise, s.fear
FROM compared AS c
LEFT JOIN (
    SELECT * FROM scores WHERE scorer = $scorer AND revision = $revision AND cleaner = $cleaner
) AS s USING (post_key)
ORDER BY c.n
