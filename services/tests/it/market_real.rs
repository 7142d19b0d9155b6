//! Rows of real prices: what is known about them, and what is not made up.

use crate::wait::until;
use domain::{
    CoinId, Price, Source, Tick,
    market::{CandleInterval, CoinSummary},
};
use services::{Services, config::Config, market::Market};
use std::{error::Error, time::Duration as StdDuration};
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const SOON: StdDuration = StdDuration::from_secs(10);

/// A desk whose venue and CoinGecko are unreachable: prices come from the test.
async fn desk() -> Outcome<Market> {
    let mut config = Config::for_test();
    config.market.feeds = vec![Source::Kraken];
    Ok(Services::start(config, CancellationToken::new())
        .await?
        .market)
}

/// Records a price that arrived this many minutes ago.
fn tick(market: &Market, coin: &str, source: Source, minutes: i64, price: &str) -> Outcome {
    market.table().apply(vec![Tick {
        coin_id: CoinId::new(coin)?,
        price: Price::parse(price)?,
        exchange_time: None,
        received_at: OffsetDateTime::now_utc() - Duration::minutes(minutes),
        source,
    }]);
    Ok(())
}

async fn row(market: &Market, coin: &str) -> Outcome<CoinSummary> {
    let rows = market.rows().await;
    let row = rows.iter().find(|row| row.id.as_str() == coin);
    Ok(row.ok_or("no such row")?.clone())
}

const DAY: i64 = 24 * 60;

#[tokio::test]
async fn the_change_of_a_day_comes_from_our_own_candles_or_is_unknown() -> Outcome {
    let market = desk().await?;
    for (coin, source, minutes, price) in [
        ("tron", Source::Kraken, 23 * 60, "50"),
        ("tron", Source::Kraken, 0, "110"),
        ("ripple", Source::Simulated, DAY + 20, "50"),
        ("ripple", Source::Simulated, DAY + 10, "50"),
        ("ripple", Source::Kraken, 0, "110"),
        ("bitcoin", Source::Kraken, DAY + 20, "100"),
        ("bitcoin", Source::Kraken, DAY - 10, "120"),
        ("bitcoin", Source::Kraken, 0, "110"),
    ] {
        tick(&market, coin, source, minutes, price)?;
    }
    let known = || async {
        let row = row(&market, "bitcoin").await;
        row.is_ok_and(|row| row.change_24h.is_some())
    };
    until("the candles hold a day", SOON, known).await?;
    let change = row(&market, "bitcoin").await?.change_24h.ok_or("unknown")?;
    assert!((change - 10.0).abs() < 1e-9, "{change}");
    let short = row(&market, "tron").await?;
    assert_eq!(
        (short.source, short.change_24h),
        (Some(Source::Kraken), None)
    );
    let made_up = row(&market, "ripple").await?;
    assert_eq!(
        (made_up.source, made_up.change_24h),
        (Some(Source::Kraken), None)
    );
    let global = market.global().await.change_24h.ok_or("no sum")?;
    assert!((global - 10.0).abs() < 1e-9, "only what is known: {global}");
    Ok(())
}

#[tokio::test]
async fn what_the_simulation_left_behind_is_marked_everywhere_and_then_gone() -> Outcome {
    let market = desk().await?;
    let tron = CoinId::new("tron")?;
    tick(&market, "tron", Source::Simulated, 0, "9")?;
    assert!(market.prices().stale.is_empty());
    tick(&market, "bitcoin", Source::Kraken, 0, "84000")?;
    assert_eq!(market.prices().stale, std::slice::from_ref(&tron));
    assert_eq!(market.prices().prices.len(), 2);
    let status = market.status().coins;
    assert_eq!(status.get(&tron).map(|coin| coin.stale), Some(true));
    let marked = || async {
        let row = row(&market, "tron").await;
        row.is_ok_and(|row| row.source == Some(Source::Simulated) && row.stale)
    };
    until("the row is marked", SOON, marked).await?;

    // A minute later.
    tick(&market, "bitcoin", Source::Kraken, -1, "84001")?;
    assert_eq!(market.price(&tron), None);
    let prices = market.prices();
    assert_eq!((prices.prices.len(), prices.stale.len()), (1, 0));
    assert!(!market.status().coins.contains_key(&tron));
    let reference = market.catalogue().get(&tron).map(|coin| coin.price.get());
    let replaced = || async {
        let row = row(&market, "tron").await;
        row.is_ok_and(|row| row.source.is_none() && row.stale && row.price == reference)
    };
    until("the row falls back to the reference price", SOON, replaced).await
}

/// The highest price of the bitcoin's present day.
async fn high(market: &Market) -> Option<f64> {
    let coin = CoinId::new("bitcoin").ok()?;
    let candles = market.candles(&coin, CandleInterval::D1, 1).await.ok()?;
    Some(candles.last()?.high)
}

#[tokio::test]
async fn a_restart_does_not_forget_the_candles_of_real_prices() -> Outcome {
    let mut config = Config::for_test();
    config.market.feeds = vec![Source::Kraken];
    let stop = CancellationToken::new();
    let services = Services::start(config.clone(), stop.clone()).await?;
    let leads = || async { services.market.status().leader };
    until("it runs the upstream", SOON, leads).await?;
    for price in ["100", "120", "110"] {
        tick(&services.market, "bitcoin", Source::Kraken, 0, price)?;
    }
    let recorded = || async { high(&services.market).await == Some(120.0) };
    until("the candle is there", SOON, recorded).await?;
    stop.cancel();
    services.stopped().await;
    let services = Services::start(config, CancellationToken::new()).await?;
    tick(&services.market, "bitcoin", Source::Kraken, 0, "105")?;
    let recorded = || async { high(&services.market).await == Some(120.0) };
    until("it is there again", SOON, recorded).await?;
    Ok(())
}
