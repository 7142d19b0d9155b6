//! Candles.

use super::{MongoStore, link::again};
use crate::{
    market::candles::bar::Bar,
    store::{CandleRecord, Candles, StoreError},
};
use async_trait::async_trait;
use domain::{CoinId, market::CandleInterval};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "candles";

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CandleDocument {
    /// Width, coin and opening as one text.
    #[serde(rename = "_id")]
    id: String,
    interval: String,
    coin: CoinId,
    open_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
}

impl CandleDocument {
    fn new(
        CandleRecord {
            coin,
            interval,
            bar,
        }: &CandleRecord,
    ) -> Self {
        Self {
            id: format!("{} {coin} {}", interval.as_str(), bar.open_at),
            interval: interval.as_str().to_owned(),
            coin: coin.clone(),
            open_at: bar.open_at,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
        }
    }

    fn record(self) -> Result<CandleRecord, StoreError> {
        let interval = self.interval.parse();
        let unknown = |_| StoreError::Corrupt(format!("a candle's width: {}", self.interval));
        Ok(CandleRecord {
            interval: interval.map_err(unknown)?,
            coin: self.coin,
            bar: Bar {
                open_at: self.open_at,
                open: self.open,
                high: self.high,
                low: self.low,
                close: self.close,
            },
        })
    }
}

fn opened(interval: CandleInterval, condition: Document) -> Document {
    doc! { "interval": interval.as_str(), "open_at": condition }
}

#[async_trait]
impl Candles for MongoStore {
    async fn save(&self, candles: &[CandleRecord]) -> Result<(), StoreError> {
        for document in candles.iter().map(CandleDocument::new) {
            let candles = self.candles.clone();
            let put = async move {
                let filter = doc! { "_id": &document.id };
                again(|| candles.replace_one(filter.clone(), &document).upsert(true)).await
            };
            self.link.call(put).await?;
        }
        Ok(())
    }

    async fn since(
        &self,
        interval: CandleInterval,
        since: i64,
    ) -> Result<Vec<CandleRecord>, StoreError> {
        let candles = self.candles.clone();
        let find = async move {
            let find = candles.find(opened(interval, doc! { "$gte": since }));
            let cursor = find.sort(doc! { "open_at": 1, "coin": 1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(CandleDocument::record).collect()
    }

    async fn trim(&self, interval: CandleInterval, before: i64) -> Result<(), StoreError> {
        let candles = self.candles.clone();
        let filter = opened(interval, doc! { "$lt": before });
        let delete = async move { again(|| candles.delete_many(filter.clone())).await };
        self.link.call(delete).await.map(drop)
    }
}
