//! Price charts and candles: our own, and what came before from whoever can tell.
//!
//! Figures of a simulated price come from the simulation, those of a real one never do.

use super::{
    Inner, MarketError,
    candles::{
        self, Origin,
        bar::{self, Bar},
    },
    catalogue::Coin,
};
use domain::{
    Tick,
    market::{Candle, CandleInterval, Days, Point, PriceHistory},
    number,
};
use time::OffsetDateTime;

impl Inner {
    /// The chart of `coin`, ending with its live price.
    pub(super) async fn history(
        &self,
        coin: &Coin,
        days: Days,
        now: OffsetDateTime,
    ) -> Result<PriceHistory, MarketError> {
        let tick = self.table.get(&coin.id);
        if self.is_simulated(tick.as_ref()) {
            return Ok(self.simulated_history(coin, days, now));
        }
        let provided = match &self.coingecko {
            Some(coingecko) => coingecko.chart(&coin.id, days).await,
            None => None,
        };
        let mut history = provided.unwrap_or_else(|| self.recorded_history(coin, days));
        if let Some(tick) = tick {
            append_live(&mut history.prices, &tick);
        }
        if history.prices.is_empty() {
            return Err(MarketError::Unavailable);
        }
        Ok(history)
    }

    /// The latest `limit` candles (1 to [`candles::MAX_LIMIT`]), oldest first.
    pub(super) async fn candles(
        &self,
        coin: &Coin,
        interval: CandleInterval,
        limit: usize,
        now: OffsetDateTime,
    ) -> Vec<Candle> {
        let limit = limit.clamp(1, candles::MAX_LIMIT);
        let tick = self.table.get(&coin.id);
        let origin = if self.is_simulated(tick.as_ref()) {
            Origin::Simulated
        } else {
            Origin::Real
        };
        let recorded = self.candles.latest(&coin.id, origin, interval, limit);
        let mut bars = if origin == Origin::Simulated {
            let until = recorded.since.unwrap_or(now.unix_timestamp());
            self.simulated_bars(coin, interval, limit, until, now)
        } else {
            self.provided_bars(coin, interval).await
        };
        join(&mut bars, &recorded.bars);
        let extra = bars.len().saturating_sub(limit);
        bars.drain(..extra);
        bars.into_iter().filter_map(Bar::candle).collect()
    }

    async fn provided_bars(&self, coin: &Coin, interval: CandleInterval) -> Vec<Bar> {
        match &self.coingecko {
            Some(coingecko) => coingecko.bars(&coin.id, interval).await.unwrap_or_default(),
            None => Vec::new(),
        }
    }

    fn simulated_history(&self, coin: &Coin, days: Days, now: OffsetDateTime) -> PriceHistory {
        let prices = self.simulation.prices(&coin.id, days, now);
        let cap = |(at, price): &Point| (*at, price * coin.circulating_supply);
        let volume = |(at, _): &Point| {
            let time = OffsetDateTime::from_unix_timestamp(at / 1_000).ok()?;
            Some((*at, self.simulation.volume_at(&coin.id, time)?))
        };
        PriceHistory {
            market_caps: prices.iter().map(cap).collect(),
            total_volumes: prices.iter().filter_map(volume).collect(),
            prices,
            simulated: true,
        }
    }

    /// Closing prices of our own candles of real prices.
    fn recorded_history(&self, coin: &Coin, days: Days) -> PriceHistory {
        let interval = match days {
            Days::One => CandleInterval::M5,
            Days::Seven | Days::Thirty | Days::Ninety => CandleInterval::H1,
            Days::Year => CandleInterval::D1,
        };
        let count = i64::from(days.count()) * 86_400 / interval.seconds();
        let count = usize::try_from(count).unwrap_or_default();
        let recorded = self.candles.latest(&coin.id, Origin::Real, interval, count);
        // A candle's close belongs to its end; the unfinished one is left to the live price.
        let finished = recorded.bars.len().saturating_sub(1);
        let point = |bar: &Bar| ((bar.open_at + interval.seconds()) * 1_000, bar.close);
        PriceHistory {
            prices: recorded.bars.iter().take(finished).map(point).collect(),
            ..PriceHistory::default()
        }
    }

    /// Simulated candles up to the second `until`, from which on there are recorded ones.
    fn simulated_bars(
        &self,
        coin: &Coin,
        interval: CandleInterval,
        limit: usize,
        until: i64,
        now: OffsetDateTime,
    ) -> Vec<Bar> {
        let newest = bar::opening(interval, now.unix_timestamp());
        let oldest = newest - interval.seconds() * (limit as i64 - 1);
        let opens = (oldest..until).step_by(interval.seconds().unsigned_abs() as usize);
        opens
            .filter_map(|open_at| {
                let end = until.min(open_at + interval.seconds());
                self.simulation.bar(&coin.id, open_at, end)
            })
            .collect()
    }
}

/// Adds later bars; a candle both know parts of is joined.
fn join(bars: &mut Vec<Bar>, later: &[Bar]) {
    for bar in later {
        match bars.last_mut() {
            Some(last) if last.open_at == bar.open_at => last.extend(bar),
            Some(last) if last.open_at > bar.open_at => {}
            _ => bars.push(*bar),
        }
    }
}

/// Ends a series with the live price, so that the chart and the figure beside it agree.
fn append_live(prices: &mut Vec<Point>, tick: &Tick) {
    let at = tick.received_at.unix_timestamp() * 1_000;
    if prices.last().is_none_or(|(last, _)| *last < at) {
        prices.push((at, number::to_double(tick.price.get())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Services, config::Config, market::Market};
    use domain::{CoinId, Price, Source};
    use std::{error::Error, time::Duration};
    use tokio_util::sync::CancellationToken;

    fn tick(
        market: &Market,
        coin: &CoinId,
        source: Source,
        price: &str,
        minutes_ago: i64,
    ) -> Result<(), Box<dyn Error>> {
        market.table().apply(vec![Tick {
            coin_id: coin.clone(),
            price: Price::parse(price)?,
            exchange_time: None,
            received_at: OffsetDateTime::now_utc() - time::Duration::minutes(minutes_ago),
            source,
        }]);
        Ok(())
    }

    /// Waits until the latest candle of a coin closes with `close`, and returns all closes.
    async fn closes(
        market: &Market,
        coin: &CoinId,
        close: f64,
    ) -> Result<Vec<f64>, Box<dyn Error>> {
        let recorded = async {
            loop {
                let minutes = market.candles(coin, CandleInterval::M1, 100).await?;
                let closes: Vec<f64> = minutes.iter().map(|candle| candle.close).collect();
                if closes.last() == Some(&close) {
                    return Ok(closes);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), recorded).await?
    }

    #[tokio::test]
    async fn after_an_outage_the_chart_of_real_prices_is_back_and_nothing_made_up_is_in_it()
    -> Result<(), Box<dyn Error>> {
        let mut config = Config::for_test();
        config.market.feeds = vec![Source::Kraken];
        let stop = CancellationToken::new();
        let market = Services::start(config, stop.clone()).await?.market;
        let coin = CoinId::new("bitcoin")?;
        tick(&market, &coin, Source::Kraken, "60000", 9)?;
        tick(&market, &coin, Source::Kraken, "60001", 8)?;
        let before = closes(&market, &coin, 60_001.0).await?;
        assert_eq!(before, [60_000.0, 60_001.0]);
        tick(&market, &coin, Source::Simulated, "90000", 4)?;
        let made_up = closes(&market, &coin, 90_000.0).await?;
        assert!(!made_up.contains(&60_001.0), "{made_up:?}");
        tick(&market, &coin, Source::Kraken, "60002", 0)?;
        let after = closes(&market, &coin, 60_002.0).await?;
        assert_eq!(after, [60_000.0, 60_001.0, 60_002.0]);
        stop.cancel();
        Ok(())
    }
}
