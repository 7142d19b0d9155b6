//! A run without any network: prices, list, charts and candles from the simulation, all labelled.

use crate::wait::until;
use domain::{
    CoinId, Source, StreamState,
    listing::ListQuery,
    market::{CandleInterval, Days},
    number::to_double,
};
use services::{Services, config::Config, market::MarketError};
use std::{error::Error, time::Duration};
use tokio_util::sync::CancellationToken;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

async fn started() -> Result<(Services, CancellationToken), Box<dyn Error + Send + Sync>> {
    let stop = CancellationToken::new();
    let services = Services::start(Config::for_test(), stop.clone()).await?;
    let market = services.market.clone();
    let complete = move || {
        let complete = market.prices().prices.len() == market.catalogue().coins().len();
        async move { complete }
    };
    until("every coin has a price", Duration::from_secs(10), complete).await?;
    Ok((services, stop))
}

#[tokio::test]
async fn every_coin_has_a_labelled_price_at_once_and_prices_move() -> Outcome {
    let (services, stop) = started().await?;
    let market = &services.market;
    let status = market.status();
    assert_eq!(status.state, StreamState::Simulated);
    assert_eq!(status.source, Some(Source::Simulated));
    assert!(status.connected && status.leader);
    assert!(status.coins.len() >= 50, "{}", status.coins.len());
    let first = market.prices();
    assert!(first.stale.is_empty(), "{:?}", first.stale);
    let moving = market.clone();
    let moved = move || {
        let moved = moving.prices().prices != first.prices;
        async move { moved }
    };
    until("a price moves", Duration::from_secs(10), moved).await?;
    stop.cancel();
    services.stopped().await;
    Ok(())
}

#[tokio::test]
async fn list_chart_and_candles_agree_with_the_live_price() -> Outcome {
    let (services, stop) = started().await?;
    let market = &services.market;
    let bitcoin = market.resolve("BtC").ok_or("no bitcoin")?;
    let rows = market.rows().await;
    let row = rows.iter().find(|row| row.id == bitcoin).ok_or("no row")?;
    assert_eq!(row.source, Some(Source::Simulated));
    assert_eq!((row.rank, row.stale), (Some(1), false));
    assert!(
        (28..=29).contains(&row.sparkline.len()),
        "7 days, 6 hours each, and now"
    );
    let shown = row.price.map(to_double).ok_or("no price")?;
    let newest = *row.sparkline.last().ok_or("no sparkline")?;
    assert!(
        (newest / shown - 1.0).abs() < 0.005,
        "line {newest}, list {shown}"
    );

    let day = market.history(&bitcoin, Days::One).await?;
    assert!(day.simulated);
    assert_eq!(day.prices.len(), 289, "every 5 minutes and now");
    assert!(day.prices.is_sorted_by_key(|(at, _)| *at));
    let (_, last) = *day.prices.last().ok_or("empty")?;
    assert!(
        (last / shown - 1.0).abs() < 0.005,
        "chart {last}, list {shown}"
    );
    let (_, first) = day.prices[0];
    let change = row.change_24h.ok_or("no change")?;
    let charted = (shown / first - 1.0) * 100.0;
    assert!(
        (change - charted).abs() < 0.5,
        "list {change} %, chart {charted} %"
    );

    for interval in CandleInterval::ALL {
        let candles = market.candles(&bitcoin, interval, 30).await?;
        assert_eq!(candles.len(), 30, "{}", interval.as_str());
        let step = time::Duration::seconds(interval.seconds());
        assert!(
            candles
                .windows(2)
                .all(|pair| pair[1].time - pair[0].time == step)
        );
        for candle in &candles {
            assert_eq!(candle.time.unix_timestamp() % interval.seconds(), 0);
            assert!(candle.low <= candle.open.min(candle.close));
            assert!(candle.high >= candle.open.max(candle.close));
        }
        let close = candles.last().map(|candle| candle.close).ok_or("none")?;
        assert!(
            (close / shown - 1.0).abs() < 0.005,
            "candle {close}, list {shown}"
        );
    }
    let details = market.coin(&bitcoin).await?;
    assert!(details.simulated);
    let now = details.summary.price.map(to_double);
    assert!(
        details.low_24h <= now && now <= details.high_24h,
        "{details:?}"
    );
    assert!(details.low_24h.is_some());
    stop.cancel();
    Ok(())
}

#[tokio::test]
async fn limits_are_clamped_and_unknown_coins_refused() -> Outcome {
    let (services, stop) = started().await?;
    let market = &services.market;
    let ripple = market.resolve("XRP").ok_or("no XRP")?;
    assert_eq!(ripple.as_str(), "ripple");
    assert_eq!(
        market.candles(&ripple, CandleInterval::M1, 0).await?.len(),
        1
    );
    let most = market
        .candles(&ripple, CandleInterval::M1, usize::MAX)
        .await?;
    assert_eq!(most.len(), 500);
    let unknown = CoinId::new("nocoin")?;
    let refused = MarketError::UnknownCoin("nocoin".to_owned());
    assert_eq!(market.coin(&unknown).await.err(), Some(refused.clone()));
    assert_eq!(
        market.history(&unknown, Days::One).await.err(),
        Some(refused)
    );
    assert_eq!(market.resolve(&"x".repeat(100_000)), None);
    stop.cancel();
    Ok(())
}

#[tokio::test]
async fn rows_are_shared_until_something_changes() -> Outcome {
    let (services, stop) = started().await?;
    let market = &services.market;
    let before = market.versioned_rows();
    stop.cancel();
    services.stopped().await;
    let quiet = market.versioned_rows();
    let again = market.versioned_rows();
    assert!(before.generation <= quiet.generation);
    assert_eq!(quiet.generation, again.generation);
    assert!(std::sync::Arc::ptr_eq(&quiet.rows, &again.rows));
    let page = market.list(&ListQuery::default()).await;
    assert_eq!(page.cryptocurrencies.len(), 50);
    assert_eq!(page.next_cursor.as_deref(), Some("50"));
    let global = market.global().await;
    assert_eq!(global.coins as usize, quiet.rows.len());
    assert!(
        global
            .btc_dominance
            .is_some_and(|share| (20.0..90.0).contains(&share))
    );
    Ok(())
}
