-- The epoch of its owner's sessions when a token was made. Those of before have none.
ALTER TABLE tokens ADD COLUMN epoch INTEGER;

-- For those who approve.
CREATE INDEX withdrawals_by_status ON withdrawals (status, id);
