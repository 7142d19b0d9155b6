-- Large imports come in piece by piece, so that nobody waits for a turn to write until all of one is there.
-- What is in a part that is pending does not count.
CREATE TABLE portfolio_pending (
    -- Tells when it was begun.
    part    BLOB    NOT NULL PRIMARY KEY CHECK (length(part) = 16),
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Whether it will never count.
    is_over INTEGER NOT NULL CHECK (is_over IN (0, 1))
) STRICT, WITHOUT ROWID;

-- The same as before, and the part with which an entry came; NULL when it came with few others. Several parts
-- that are pending may have the same key: that each counts once is seen to where entries are added.
CREATE TABLE portfolio_told (
    user_id  BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    key      TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    import   BLOB    CHECK (length(import) = 16),
    part     BLOB    CHECK (length(part) = 16),
    PRIMARY KEY (user_id, at, id),
    UNIQUE (user_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO portfolio_told SELECT user_id, at, id, key, body, revision, import, NULL FROM portfolio_entries;
DROP TABLE portfolio_entries;
ALTER TABLE portfolio_told RENAME TO portfolio_entries;
CREATE INDEX portfolio_keys ON portfolio_entries (user_id, key);
