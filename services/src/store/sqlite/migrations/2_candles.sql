CREATE TABLE candles (
    interval TEXT    NOT NULL,
    coin     TEXT    NOT NULL,
    open_at  INTEGER NOT NULL,
    open     REAL    NOT NULL,
    high     REAL    NOT NULL,
    low      REAL    NOT NULL,
    close    REAL    NOT NULL,
    PRIMARY KEY (interval, open_at, coin)
) STRICT, WITHOUT ROWID;
