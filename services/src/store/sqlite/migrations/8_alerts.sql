-- Alerts. `body` is JSON; the other columns are there to search by.
CREATE TABLE alerts (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    body       TEXT    NOT NULL,
    updated_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision >= 1)
) STRICT;
CREATE INDEX alerts_user ON alerts (user_id, id);
CREATE INDEX alerts_updated ON alerts (updated_at, id);

-- What people were told, numbered for each of them.
CREATE TABLE notifications (
    user_id  BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    id       BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    body     TEXT    NOT NULL,
    read     INTEGER NOT NULL CHECK (read IN (0, 1)),
    PRIMARY KEY (user_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_unread ON notifications (user_id) WHERE NOT read;

-- Messages on their way. One that was claimed is due again later, in case nobody finishes it.
CREATE TABLE deliveries (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    notification BLOB    NOT NULL CHECK (length(notification) = 16),
    target       TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    tries        INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('due', 'sent', 'failed')),
    state_at     INTEGER NOT NULL,
    error        TEXT,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (state_at) WHERE state = 'due';
CREATE INDEX deliveries_user ON deliveries (user_id);

CREATE TABLE preferences (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
