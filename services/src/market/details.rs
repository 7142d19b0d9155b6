//! Everything about one coin.

use super::{Inner, MarketError, catalogue::Coin};
use domain::{
    market::{CoinDetails, CoinSummary, Days},
    number,
};
use time::OffsetDateTime;

impl Inner {
    /// The details of `coin`. Without a provider those of the catalogue and the simulation.
    pub(super) async fn details(
        &self,
        coin: &Coin,
        now: OffsetDateTime,
    ) -> Result<CoinDetails, MarketError> {
        let provided = match &self.coingecko {
            Some(coingecko) => coingecko.details(&coin.id).await,
            None => None,
        };
        let provided = provided.unwrap_or_default();
        let tick = self.table.get(&coin.id);
        let simulated = self.is_simulated(tick.as_ref());
        let (low_24h, high_24h) = if simulated {
            self.simulated_range(coin, now).unzip()
        } else {
            (provided.low_24h, provided.high_24h)
        };
        let summary = self.summary(coin)?;
        // The price of this moment belongs to the day: what is supplied may be minutes old.
        let live = summary.price.map(number::to_double);
        let (low_24h, high_24h) = (
            with(low_24h, live, f64::min),
            with(high_24h, live, f64::max),
        );
        Ok(CoinDetails {
            summary,
            description: provided.description,
            homepage: provided.homepage,
            high_24h,
            low_24h,
            ath: provided.ath,
            atl: provided.atl,
            circulating_supply: provided
                .circulating_supply
                .or(Some(coin.circulating_supply)),
            total_supply: provided.total_supply,
            max_supply: provided.max_supply.or(coin.max_supply),
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

/// A bound of the day's range, moved by the live price if that lies outside; `None` stays unknown.
fn with(bound: Option<f64>, live: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    bound.map(|bound| live.map_or(bound, |live| choose(bound, live)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_price_is_within_the_range_of_its_day() {
        assert_eq!(with(Some(5.0), Some(4.0), f64::min), Some(4.0));
        assert_eq!(with(Some(5.0), Some(6.0), f64::min), Some(5.0));
        assert_eq!(with(Some(5.0), Some(6.0), f64::max), Some(6.0));
        assert_eq!(with(Some(5.0), None, f64::min), Some(5.0));
        assert_eq!(with(None, Some(4.0), f64::min), None);
    }
}
