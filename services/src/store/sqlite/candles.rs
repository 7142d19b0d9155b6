//! Candles.

use super::{SqliteStore, query, values::read_text};
use crate::{
    market::candles::bar::Bar,
    store::{CandleRecord, Candles, StoreError},
};
use async_trait::async_trait;
use domain::{CoinId, market::CandleInterval};
use rusqlite::Row;

const SAVE: &str = "
    INSERT INTO candles (interval, coin, open_at, open, high, low, close)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close";

fn record(row: &Row<'_>) -> Result<CandleRecord, StoreError> {
    let coin: String = row.get("coin")?;
    let coin = CoinId::new(&coin).map_err(|_| StoreError::Corrupt(format!("coin: {coin}")))?;
    Ok(CandleRecord {
        coin,
        interval: read_text(row, "interval")?,
        bar: Bar {
            open_at: row.get("open_at")?,
            open: row.get("open")?,
            high: row.get("high")?,
            low: row.get("low")?,
            close: row.get("close")?,
        },
    })
}

#[async_trait]
impl Candles for SqliteStore {
    async fn save(&self, candles: &[CandleRecord]) -> Result<(), StoreError> {
        let candles = candles.to_vec();
        self.connections
            .write(move |writer| {
                for CandleRecord {
                    coin,
                    interval,
                    bar,
                } in &candles
                {
                    let params = (
                        interval.as_str(),
                        coin.as_str(),
                        bar.open_at,
                        bar.open,
                        bar.high,
                        bar.low,
                        bar.close,
                    );
                    query::run(writer, SAVE, params)?;
                }
                Ok(())
            })
            .await
    }

    async fn since(
        &self,
        interval: CandleInterval,
        since: i64,
    ) -> Result<Vec<CandleRecord>, StoreError> {
        let sql =
            "SELECT * FROM candles WHERE interval = ?1 AND open_at >= ?2 ORDER BY open_at, coin";
        self.connections
            .read(move |reader| query::all(reader, sql, (interval.as_str(), since), record))
            .await
    }

    async fn trim(&self, interval: CandleInterval, before: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM candles WHERE interval = ?1 AND open_at < ?2";
        self.connections
            .write(move |writer| query::run(writer, sql, (interval.as_str(), before)).map(drop))
            .await
    }
}
