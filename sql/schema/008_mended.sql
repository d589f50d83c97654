-- Whether a post holds damaged characters that the cleaner mended; null where an older cleaner read it, which mended none.
ALTER TABLE cleaned ADD COLUMN mended BOOLEAN;
UPDATE schema_version SET version = 8;
