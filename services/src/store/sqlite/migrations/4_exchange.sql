-- What happened on the exchange: only added to.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;

-- States to begin from.
CREATE TABLE snapshots (
    sequence INTEGER PRIMARY KEY,
    state TEXT NOT NULL
) STRICT;

-- Who writes the journal: one row.
CREATE TABLE tenure (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    beat INTEGER NOT NULL,
    vacant INTEGER NOT NULL
) STRICT;
INSERT INTO tenure (id, epoch, beat, vacant) VALUES (1, 0, 0, 1);

-- What the journal has led to. `body` is JSON; the other columns are there to search by.
CREATE TABLE orders (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL,
    pair TEXT NOT NULL,
    status TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_by_change ON orders (user_id, sequence);

CREATE TABLE fills (
    user_id BLOB NOT NULL,
    id BLOB NOT NULL,
    order_id BLOB NOT NULL,
    pair TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fills_by_order ON fills (order_id, id);
CREATE INDEX fills_by_pair ON fills (pair, id);
CREATE INDEX fills_by_change ON fills (user_id, sequence);

CREATE TABLE balances (
    user_id BLOB NOT NULL,
    asset TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, asset)
) STRICT, WITHOUT ROWID;

CREATE TABLE transactions (
    user_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    asset TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE withdrawals (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX withdrawals_by_user ON withdrawals (user_id, id);

-- First answers to requests that may come again.
CREATE TABLE idempotency (
    user_id BLOB NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL,
    answer TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_end ON idempotency (expires_at);
