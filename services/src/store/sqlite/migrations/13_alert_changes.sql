-- What has changed is looked for without reading any alert.
DROP INDEX alerts_updated;
CREATE INDEX alerts_changed ON alerts (updated_at, id, revision);
