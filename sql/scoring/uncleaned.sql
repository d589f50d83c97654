-- Posts that the cleaner of this version has not read, numbered from 0 so that they can be taken in slices.
-- reads: cleaned, posts
-- makes: uncleaned
-- takes: $cleaner
CREATE OR REPLACE TEMP TABLE uncleaned AS
SELECT row_number() OVER (ORDER BY p.post_key) - 1 AS n, p.post_key
FROM posts AS p
ANTI JOIN (SELECT post_key FROM cleaned WHERE cleaner = $cleaner) AS done USING (post_key)
