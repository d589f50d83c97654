-- Prices say what leads from them to the prices at which shares changed hands. CRSP's are those prices; of other files read before
-- this schema nothing is known.
ALTER TABLE prices ADD COLUMN split DOUBLE;
ALTER TABLE prices ADD COLUMN as_traded DOUBLE;
UPDATE prices SET as_traded = 1 WHERE source_id IN (SELECT source_id FROM sources WHERE format = 'crsp_ciz');
UPDATE schema_version SET version = 6;
