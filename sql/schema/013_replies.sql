-- The post that a post answers; null for posts of files that were read before, which are not read anew.
ALTER TABLE posts ADD COLUMN in_reply_to VARCHAR;
UPDATE schema_version SET version = 13;
