-- Files outside the store are told by size and time at each opening; where these are not known or differ, by their digest.
ALTER TABLE outside_shards ADD COLUMN bytes BIGINT;
ALTER TABLE outside_shards ADD COLUMN modified_ns BIGINT;
UPDATE schema_version SET version = 7;
