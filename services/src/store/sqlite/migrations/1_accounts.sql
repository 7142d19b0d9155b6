-- Ids are UUIDs as 16 bytes, times are microseconds since 1970 (UTC).

CREATE TABLE users (
    id                  BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email               TEXT    UNIQUE,
    name                TEXT    NOT NULL,
    role                TEXT    NOT NULL CHECK (role IN ('user', 'admin', 'suspended')),
    email_verified      INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
    password_hash       TEXT,
    totp_sealed_secret  BLOB,
    totp_enabled        INTEGER CHECK (totp_enabled IN (0, 1)),
    totp_last_step      INTEGER,
    -- 32 bytes each, one after the other.
    totp_recovery_codes BLOB    CHECK (length(totp_recovery_codes) % 32 = 0),
    session_epoch       INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    revision            INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((totp_sealed_secret IS NULL) = (totp_enabled IS NULL)),
    CHECK ((totp_sealed_secret IS NULL) = (totp_last_step IS NULL)),
    CHECK ((totp_sealed_secret IS NULL) = (totp_recovery_codes IS NULL))
) STRICT;

CREATE INDEX users_by_role ON users (role);

CREATE TABLE wallets (
    address  TEXT    NOT NULL PRIMARY KEY,
    user_id  BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Its place in the owner's list.
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX wallets_of_user ON wallets (user_id, position);

CREATE TABLE sessions (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id       BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch         INTEGER NOT NULL,
    generation    INTEGER NOT NULL,
    issued_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    device        TEXT    NOT NULL,
    ip            TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    stepped_up_at INTEGER
) STRICT;

CREATE INDEX sessions_of_user ON sessions (user_id, last_used_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE blacklist (
    jti        BLOB    NOT NULL PRIMARY KEY CHECK (length(jti) = 16),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX blacklist_by_end ON blacklist (expires_at);

CREATE TABLE tokens (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    purpose    TEXT    NOT NULL,
    user_id    BLOB    REFERENCES users (id) ON DELETE CASCADE,
    data       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL
) STRICT;

CREATE INDEX tokens_of_user ON tokens (user_id, purpose);
CREATE INDEX tokens_by_end ON tokens (expires_at);

CREATE TABLE api_keys (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id       BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    sealed_secret BLOB    NOT NULL,
    -- Words with a space between.
    scopes        TEXT    NOT NULL,
    ip_allow_list TEXT    NOT NULL,
    expires_at    INTEGER,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER
) STRICT;

CREATE INDEX api_keys_of_user ON api_keys (user_id, created_at);

-- An actor is no foreign key: what somebody did stays when their account goes.
CREATE TABLE audit (
    sequence   INTEGER NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    at         INTEGER NOT NULL,
    actor      BLOB    CHECK (length(actor) = 16),
    action     TEXT    NOT NULL,
    subject    TEXT,
    ip         TEXT,
    request_id TEXT,
    detail     TEXT    NOT NULL,
    previous   BLOB    NOT NULL CHECK (length(previous) = 32),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_by_actor ON audit (actor, sequence);
CREATE INDEX audit_by_action ON audit (action, sequence);
CREATE INDEX audit_by_subject ON audit (subject, sequence);
