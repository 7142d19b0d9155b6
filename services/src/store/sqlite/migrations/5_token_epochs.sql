-- The epoch of its owner's sessions when a token was made. Those of before have none.
ALTER TABLE tokens ADD COLUMN epoch INTEGER;
