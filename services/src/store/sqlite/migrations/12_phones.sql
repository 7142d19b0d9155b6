-- The verified telephone number, in E.164; NULL for none.
ALTER TABLE users ADD COLUMN phone TEXT;

-- Of each way only the newest are kept.
CREATE INDEX deliveries_way ON deliveries (user_id, target, id);
DROP INDEX deliveries_user;
