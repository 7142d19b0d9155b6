-- The verified telephone number, in E.164; NULL for none.
ALTER TABLE users ADD COLUMN phone TEXT;
