-- What the shards of a folder hold, gathered while they are looked at.
-- reads: nothing
-- makes: claimed
CREATE OR REPLACE TEMP TABLE claimed (text_key UHUGEINT, cleaner VARCHAR, scorer VARCHAR, revision VARCHAR)
