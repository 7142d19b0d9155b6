//! Everything about one coin.

use super::{Inner, MarketError, catalogue::Coin};
use domain::market::{CoinDetails, CoinSummary, Days};
use time::OffsetDateTime;

impl Inner {
    /// The details of `coin`. Without a provider those of the catalogue and the simulation.
    pub(super) async fn details(
        &self,
        coin: &Coin,
        now: OffsetDateTime,
    ) -> Result<CoinDetails, MarketError> {
        let summary = self.summary(coin)?;
        let tick = self.table.get(&coin.id);
        let simulated = self.is_simulated(tick.as_ref());
        let range = simulated.then(|| self.simulated_range(coin, now)).flatten();
        Ok(CoinDetails {
            summary,
            description: None,
            homepage: None,
            high_24h: range.map(|(_, high)| high),
            low_24h: range.map(|(low, _)| low),
            ath: None,
            atl: None,
            circulating_supply: Some(coin.circulating_supply),
            total_supply: None,
            max_supply: coin.max_supply,
            decimals: coin.decimals,
            simulated,
        })
    }

    fn summary(&self, coin: &Coin) -> Result<CoinSummary, MarketError> {
        let rows = self.rows.get(self).rows;
        let row = rows.iter().find(|row| row.id == coin.id);
        row.cloned().ok_or(MarketError::Unavailable)
    }

    /// Lowest and highest simulated price of the last 24 hours.
    fn simulated_range(&self, coin: &Coin, now: OffsetDateTime) -> Option<(f64, f64)> {
        let prices = self.simulation.prices(&coin.id, Days::One, now);
        let prices = prices.into_iter().map(|(_, price)| price);
        prices.fold(None, |range, price| match range {
            None => Some((price, price)),
            Some((low, high)) => Some((price.min(low), price.max(high))),
        })
    }
}
