-- Lines of series that contradict what was stored first. One row a line.
-- reads: contradicted
-- makes: quarantine
INSERT INTO quarantine
SELECT
    source_id,
    line,
    'value already stored otherwise' AS reason,
    left(
        string_agg(
            printf('%s of %s is %s, and was %s when first read, which stands', name, session::VARCHAR, value::VARCHAR, stood::VARCHAR),
            '; ' ORDER BY name
        ),
        300
    ) AS detail
FROM contradicted
GROUP BY source_id, line
ORDER BY source_id, line
