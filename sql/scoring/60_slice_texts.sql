-- One slice of them.
SELECT n, text
FROM unscored
WHERE n >= $start AND n < $stop
ORDER BY n
