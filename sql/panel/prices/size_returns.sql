-- One row a size group and session: the mean return of its firms. Sums are decimal, so that threads cannot move a digit.
-- reads: size_groups
-- makes: rows
SELECT
    'size:' || size_group AS index,
    session,
    sum("return"::DECIMAL(18, 12))::DOUBLE / count("return") AS value
FROM size_groups
WHERE "return" IS NOT NULL
GROUP BY size_group, session
ORDER BY index, session
