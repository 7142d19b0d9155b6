-- Where programs want to be told. `topics` is JSON; NULL is everything.
CREATE TABLE webhooks (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id         BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    url             TEXT    NOT NULL,
    topics          TEXT,
    description     TEXT    NOT NULL,
    sealed_secret   BLOB    NOT NULL,
    given_up        INTEGER NOT NULL CHECK (given_up >= 0),
    switched_off_at INTEGER,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_user ON webhooks (user_id);

ALTER TABLE deliveries ADD COLUMN webhook_id BLOB REFERENCES webhooks (id) ON DELETE CASCADE;
ALTER TABLE deliveries ADD COLUMN http_status INTEGER;

-- What goes to webhooks, and what does not, is taken apart.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (state_at) WHERE state = 'due' AND webhook_id IS NULL;
CREATE INDEX deliveries_due_webhook ON deliveries (state_at) WHERE state = 'due' AND webhook_id IS NOT NULL;
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, id) WHERE webhook_id IS NOT NULL;
CREATE INDEX deliveries_over ON deliveries (state_at) WHERE state <> 'due';
