-- The allow-lists that withdrawals go to.
CREATE TABLE addresses (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id     BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    network     TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    label       TEXT    NOT NULL,
    enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    usable_from INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    -- Also finds the list of a user.
    UNIQUE (user_id, network, address)
) STRICT;
