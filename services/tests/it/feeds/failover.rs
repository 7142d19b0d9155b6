//! Changing between real servers, with shortened waiting times. How long a change may take is
//! tested next to the supervisor, on a paused clock, where a busy machine makes no difference.

use super::{
    Outcome,
    desk::{Desk, PATIENT, settings},
    sampler::Sampler,
    upstream::{Command, Upstream, Venue, Welcome},
};
use domain::{CoinId, Source, StreamState};
use services::config::{FeedTimings, MarketConfig};
use std::time::Duration;

struct Venues {
    coincap: Upstream,
    binance: Upstream,
    coinbase: Upstream,
    kraken: Upstream,
}

impl Venues {
    async fn start() -> std::io::Result<Self> {
        Ok(Self {
            coincap: Upstream::start(Venue::Coincap, &[("bitcoin", "84211.1")]).await?,
            binance: Upstream::start(Venue::Binance, &[("BTCUSDT", "84211.2")]).await?,
            coinbase: Upstream::start(Venue::Coinbase, &[("BTC-USD", "84211.3")]).await?,
            kraken: Upstream::start(Venue::Kraken, &[("BTC/USD", "84211.4")]).await?,
        })
    }

    fn settings(&self) -> MarketConfig {
        MarketConfig {
            coincap_ws_url: self.coincap.url(),
            binance_ws_url: self.binance.url(),
            coinbase_ws_url: self.coinbase.url(),
            kraken_ws_url: self.kraken.url(),
            ..settings(&Source::ALL)
        }
    }

    fn get(&mut self, source: Source) -> &mut Upstream {
        match source {
            Source::Coincap => &mut self.coincap,
            Source::Binance => &mut self.binance,
            Source::Coinbase => &mut self.coinbase,
            Source::Kraken | Source::Simulated => &mut self.kraken,
        }
    }
}

/// Long enough for a successor to be there in time on a busy machine.
const UNHURRIED: FeedTimings = FeedTimings {
    failover_after: Duration::from_secs(4),
    ..PATIENT
};

/// The oldest price that may ever be shown with these waiting times; as with the real ones, what is
/// beyond the wait for the failed source is for noticing and connecting.
const OLDEST: Duration = Duration::from_secs(4 + 2);

const CHAIN: [(Source, Source); 4] = [
    (Source::Coincap, Source::Binance),
    (Source::Binance, Source::Coinbase),
    (Source::Coinbase, Source::Kraken),
    (Source::Kraken, Source::Simulated),
];

#[tokio::test]
async fn killing_each_upstream_in_turn_moves_the_source_without_a_gap() -> Outcome {
    let mut venues = Venues::start().await?;
    let mut config = venues.settings();
    config.timings = UNHURRIED;
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Coincap).await?;
    let sampler = Sampler::start(&desk, CoinId::new("bitcoin")?);
    for (dying, next) in CHAIN {
        venues.get(dying).kill().await;
        desk.when_source(next).await?;
    }
    // And back, from the bottom of the list to its top.
    for (source, _) in CHAIN.into_iter().rev() {
        venues.get(source).revive().await?;
        desk.when_source(source).await?;
    }
    Ok(sampler.check(OLDEST)?)
}

#[tokio::test]
async fn silencing_each_upstream_in_turn_moves_the_source_before_prices_are_stale() -> Outcome {
    let mut venues = Venues::start().await?;
    let mut config = venues.settings();
    config.timings = UNHURRIED;
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Coincap).await?;
    let sampler = Sampler::start(&desk, CoinId::new("bitcoin")?);
    for (dying, next) in CHAIN {
        venues.get(dying).tick(false);
        desk.when_source(next).await?;
    }
    Ok(sampler.check(OLDEST)?)
}

#[tokio::test]
async fn black_holes_in_turn_move_the_source() -> Outcome {
    let mut venues = Venues::start().await?;
    let desk = Desk::start(&venues.settings())?;
    desk.when_source(Source::Coincap).await?;
    for (dying, next) in CHAIN {
        let dying = venues.get(dying);
        dying.welcome(Welcome::Hang);
        dying.command(Command::Abort);
        desk.when_source(next).await?;
    }
    Ok(())
}

#[tokio::test]
async fn prices_stay_while_the_source_changes() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &[("BTCUSDT", "84211"), ("ETHUSDT", "3120")]);
    let binance = binance.await?;
    let coinbase = Upstream::start(Venue::Coinbase, &[("BTC-USD", "84222")]).await?;
    let mut config = settings(&[Source::Binance, Source::Coinbase]);
    config.binance_ws_url = binance.url();
    config.coinbase_ws_url = coinbase.url();
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Binance).await?;
    binance.tick(false);
    desk.when_source(Source::Coinbase).await?;
    assert_eq!(desk.price("bitcoin").as_deref(), Some("84222"));
    let ether = desk.tick("ethereum").ok_or("the price of ether is gone")?;
    assert_eq!(
        (ether.source, ether.price.to_string().as_str()),
        (Source::Binance, "3120")
    );
    Ok(())
}

#[tokio::test]
async fn the_simulation_alone_needs_no_network() -> Outcome {
    let desk = Desk::start(&settings(&[Source::Simulated]))?;
    desk.when_source(Source::Simulated).await?;
    assert!(desk.table.all().len() >= 50);
    assert_eq!(desk.health().state, StreamState::Simulated);
    assert!(desk.health().connected);
    Ok(())
}

#[tokio::test]
async fn with_the_network_cut_from_the_start_prices_are_simulated() -> Outcome {
    let desk = Desk::start(&settings(&Source::ALL))?;
    desk.when_source(Source::Simulated).await?;
    assert!(
        desk.table
            .all()
            .iter()
            .all(|tick| tick.source == Source::Simulated)
    );
    Ok(())
}

#[tokio::test]
async fn stopping_the_supervisor_closes_the_upstream_connection() -> Outcome {
    let binance = Upstream::start(Venue::Binance, &[("BTCUSDT", "84211")]).await?;
    let mut desk = Desk::on_binance(&binance)?;
    desk.when_source(Source::Binance).await?;
    desk.shutdown.cancel();
    (&mut desk.task).await?;
    desk.when("the venue sees it", |_| binance.open() == 0)
        .await?;
    Ok(())
}
