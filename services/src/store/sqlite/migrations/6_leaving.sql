-- Whose accounts were deleted and are still to be closed on the exchange.
CREATE TABLE leaving (
    user_id BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
