-- Up to which entry of the journal people were told what has happened: nothing of what was before.
CREATE TABLE followed (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL CHECK (sequence >= 0)
) STRICT;
INSERT INTO followed SELECT 1, coalesce(max(sequence), 0) FROM journal;
