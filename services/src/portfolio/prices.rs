//! What assets cost now, and what they cost at the end of each day.

use super::{Portfolios, kept::History};
use domain::{
    CoinId, Source,
    exchange::{Asset, Timestamp},
    market::CandleInterval,
    number,
    portfolio::{
        Number, Quote,
        history::{Closes, Day},
    },
};
use futures_util::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

/// Days of closing prices that are asked for.
const DAYS: usize = 500;

impl Portfolios {
    /// What every asset of the catalogue costs now, as far as anybody knows. A price that is old says
    /// so by its time.
    pub(crate) fn quotes(&self) -> BTreeMap<Asset, Quote> {
        let market = &self.0.market;
        let coins = market.catalogue().coins().iter();
        coins
            .filter_map(|coin| {
                let asset = coin.symbol.parse().ok()?;
                let tick = market.price(&coin.id)?;
                let quote = Quote {
                    price: Number::nearest(tick.price.get()).ok()?,
                    source: Some(tick.source),
                    at: Timestamp::from(tick.received_at),
                };
                Some((asset, quote))
            })
            .collect()
    }

    /// The coin behind a ticker or a coin's id, and its ticker.
    pub(super) fn coin(&self, name: &str) -> Option<(CoinId, Asset)> {
        let id = self.0.market.resolve(name.trim())?;
        let coin = self.0.market.catalogue().get(&id)?;
        Some((id, coin.symbol.parse().ok()?))
    }

    /// Closing prices of a portfolio's assets, and where nobody knows them those that its entries tell. A
    /// dollar by design costs one where there is neither.
    pub(super) async fn closes_of(&self, history: &History) -> BTreeMap<Asset, Closes> {
        let mut all = history.told_prices.clone();
        for (asset, closes) in self.closes(&history.assets).await {
            let days = closes.iter().map(|(day, price)| (*day, *price));
            all.entry(asset).or_default().extend(days);
        }
        for asset in self.stablecoins().intersection(&history.assets) {
            all.entry(*asset).or_default().insert(Day::MIN, Number::ONE);
        }
        all
    }

    /// What costs a dollar by design.
    pub(super) fn stablecoins(&self) -> BTreeSet<Asset> {
        let coins = self.0.market.catalogue().coins().iter();
        let stable = coins.filter(|coin| coin.stablecoin);
        stable.filter_map(|coin| coin.symbol.parse().ok()).collect()
    }

    /// Closing prices of these assets, as far as anybody knows them; half a minute old at most.
    pub(super) async fn closes(&self, assets: &BTreeSet<Asset>) -> BTreeMap<Asset, Arc<Closes>> {
        let known = assets.iter().map(|asset| async move {
            let (coin, _) = self.coin(asset.as_str())?;
            Some((*asset, self.closes_of_coin(coin).await))
        });
        join_all(known).await.into_iter().flatten().collect()
    }

    async fn closes_of_coin(&self, coin: CoinId) -> Arc<Closes> {
        let (now, tick) = (Instant::now(), self.0.market.price(&coin));
        let is_made_up = tick.is_some_and(|tick| tick.source == Source::Simulated);
        let of = (coin.clone(), is_made_up);
        if let Some(kept) = self.0.closing.get(&of, now) {
            return kept;
        }
        let candles = self.0.market.candles(&coin, CandleInterval::D1, DAYS).await;
        let closes = candles.unwrap_or_default().into_iter();
        let closes = closes.filter_map(|candle| {
            let day: Day = Timestamp::from(candle.time).day();
            let close = number::from_double(candle.close)?;
            Some((day, Number::nearest(close).ok()?))
        });
        let closes = Arc::new(closes.collect());
        self.0.closing.put(of, &closes, now);
        closes
    }
}
