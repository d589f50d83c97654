-- The file is done: its row says what became of every line.
INSERT INTO sources
SELECT
    $source_id, $path, $kind, $format, $mapping, $sha256, $bytes, $modified_ns,
    $rows_read, $rows_kept, $rows_repeated, $rows_rejected
