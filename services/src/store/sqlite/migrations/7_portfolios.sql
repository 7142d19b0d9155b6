-- What users told their portfolios. Whoever never told anything has no row.
CREATE TABLE portfolios (
    user_id  BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    method   TEXT    NOT NULL,
    -- Counts the changes of its entries, too.
    revision INTEGER NOT NULL CHECK (revision >= 1)
) STRICT, WITHOUT ROWID;

-- `body` is JSON; the other columns are there to search by. `at` is in milliseconds since 1970, as in the
-- body: so the rows lie in the order in which they are read.
CREATE TABLE portfolio_entries (
    user_id  BLOB    NOT NULL REFERENCES portfolios (user_id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    key      TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (user_id, at, id),
    UNIQUE (user_id, id),
    UNIQUE (user_id, key)
) STRICT, WITHOUT ROWID;
