//! What CoinGecko has answered lies in Redis, under known names and not for ever, and serves every
//! process.

use crate::redis_server::RedisServer;
use crate::upstream::coingecko::CoinGecko;
use crate::wait::until;
use domain::{
    CoinId, Source,
    market::{CandleInterval, Days},
};
use services::{
    Services,
    config::{CacheUrl, Config},
    market::Market,
};
use std::{error::Error, time::Duration};
use tokio_util::sync::CancellationToken;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const LIMIT: Duration = Duration::from_secs(10);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The market of one process, whose only venue is unreachable.
async fn market(redis: &RedisServer, coingecko: &CoinGecko) -> Outcome<Market> {
    let mut config = Config::for_test();
    config.cache.url = CacheUrl::parse(&redis.url())?;
    config.market.feeds = vec![Source::Kraken];
    config.market.coingecko_url = coingecko.url();
    // A busy machine is no outage.
    config.market.coingecko_timings.patience = LIMIT;
    let services = Services::start(config, CancellationToken::new()).await?;
    Ok(services.market)
}

/// Asks for a page of every kind.
async fn look_at_all(market: &Market, coin: &CoinId) -> Outcome {
    until("the list is there", LIMIT, || async {
        let rows = market.rows().await;
        rows.iter()
            .any(|row| row.id == *coin && row.volume_24h.is_some())
    })
    .await?;
    assert!(market.coin(coin).await?.ath.is_some());
    assert!(!market.history(coin, Days::One).await?.prices.is_empty());
    let candles = market.candles(coin, CandleInterval::H1, 10).await?;
    assert!(!candles.is_empty());
    Ok(())
}

#[tokio::test]
async fn answers_are_kept_in_redis_for_a_day_and_serve_other_processes() -> Outcome {
    let (redis, coingecko) = (RedisServer::start().await?, CoinGecko::start().await?);
    let bitcoin = CoinId::new("bitcoin")?;
    look_at_all(&market(&redis, &coingecko).await?, &bitcoin).await?;
    let asked = coingecko.requests();

    let client = redis::Client::open(redis.url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut ask = redis::cmd("KEYS");
    let ask = ask.arg("cache:coingecko:*");
    let mut keys: Vec<String> = ask.query_async(&mut connection).await?;
    keys.sort_unstable();
    let expected = [
        "cache:coingecko:chart:bitcoin:1",
        "cache:coingecko:details:bitcoin",
        "cache:coingecko:markets",
        "cache:coingecko:ohlc:bitcoin:1h",
    ];
    assert_eq!(keys, expected);
    for key in &keys {
        let mut ask = redis::cmd("PTTL");
        let left: i64 = ask.arg(key).query_async(&mut connection).await?;
        assert!((DAY_MS / 2..=DAY_MS).contains(&left), "{key}: {left} ms");
    }

    look_at_all(&market(&redis, &coingecko).await?, &bitcoin).await?;
    assert_eq!(coingecko.requests(), asked, "the other process asked again");
    Ok(())
}
