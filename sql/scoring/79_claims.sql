-- What the shards of a folder hold, gathered while they are looked at.
CREATE OR REPLACE TEMP TABLE claimed (text_key UHUGEINT, cleaner VARCHAR, scorer VARCHAR, revision VARCHAR)
