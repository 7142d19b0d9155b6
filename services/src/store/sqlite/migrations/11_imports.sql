-- Which file of trades an entry came with; NULL for what was entered by hand. What was imported before this
-- was kept has an id of zeros.
ALTER TABLE portfolio_entries ADD COLUMN import BLOB CHECK (length(import) = 16);
UPDATE portfolio_entries SET import = zeroblob(16) WHERE json_extract(body, '$.origin') = 'import';
