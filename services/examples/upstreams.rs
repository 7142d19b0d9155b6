//! Plays Binance, Coinbase, Kraken, CoinCap and CoinGecko on this machine, for trying the server
//! without a network and for browser tests. Prices wander a little, so that cells move.
//!
//! Prints one line `NAME=value` for each setting the server needs, then `ready`. Reads commands, one
//! a line: `kill NAME`, `revive NAME`, `silence NAME`, `speak NAME` with a venue's name. Ends with
//! its input.

#[path = "../tests/support/upstream/mod.rs"]
#[expect(dead_code, reason = "tests use the rest of the servers")]
mod upstream;

use domain::Source;
use rand::Rng;
use services::market::catalogue::Catalogue;
use std::{
    error::Error,
    io::{BufRead, Write},
    time::Duration,
};
use tokio::{sync::mpsc, time::interval};
use upstream::{Answer, BinanceRest, Upstream, Venue, coingecko::CoinGecko};

/// Between two changes of the prices.
const MOVE_EVERY: Duration = Duration::from_secs(1);

const VENUES: [(Source, Venue, &str); 4] = [
    (Source::Coincap, Venue::Coincap, "COINCAP_WS_URL"),
    (Source::Binance, Venue::Binance, "BINANCE_WS_URL"),
    (Source::Coinbase, Venue::Coinbase, "COINBASE_WS_URL"),
    (Source::Kraken, Venue::Kraken, "KRAKEN_WS_URL"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Catalogue::bundled()?;
    let mut settings = vec![("COINCAP_API_KEY", "local".to_owned())];
    let rest = BinanceRest::start(Answer::Pairs(Vec::new())).await?;
    settings.push(("BINANCE_REST_URL", rest.url()));
    let coingecko = CoinGecko::start().await?;
    settings.push(("COINGECKO_URL", coingecko.url()));
    let mut venues = Vec::new();
    for (source, venue, setting) in VENUES {
        let upstream = Upstream::start(venue, &[]).await?;
        upstream.tick_every(MOVE_EVERY);
        settings.push((setting, upstream.url()));
        venues.push((source, upstream));
    }
    announce(&settings)?;
    let mut commands = commands();
    let mut beat = interval(MOVE_EVERY);
    loop {
        tokio::select! {
            _ = beat.tick() => wander(&catalogue, &venues),
            line = commands.recv() => match line {
                Some(line) => obey(&line, &mut venues).await?,
                None => return Ok(()),
            },
        }
    }
}

fn announce(settings: &[(&str, String)]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, value) in settings {
        writeln!(out, "{name}={value}")?;
    }
    writeln!(out, "ready")?;
    out.flush()
}

/// The lines of the input, read on a thread of their own because reading blocks.
fn commands() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(8);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines();
        for line in lines.map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// All venues agree on prices within a tenth of a percent of the catalogue's.
fn wander(catalogue: &Catalogue, venues: &[(Source, Upstream)]) {
    let mut random = rand::rng();
    for (source, upstream) in venues {
        let prices = catalogue.coins().iter().filter_map(|coin| {
            let per_mille = rust_decimal::Decimal::new(random.random_range(9_990..=10_010), 4);
            let price = (coin.price.get() * per_mille).round_sf(7)?;
            Some((coin.venue_symbol(*source)?.to_owned(), price.to_string()))
        });
        let prices: Vec<_> = prices.collect();
        let borrowed = prices
            .iter()
            .map(|(symbol, price)| (symbol.as_str(), price.as_str()));
        upstream.set_prices(&borrowed.collect::<Vec<_>>());
    }
}

async fn obey(line: &str, venues: &mut [(Source, Upstream)]) -> Result<(), Box<dyn Error>> {
    let (command, name) = line
        .trim()
        .split_once(' ')
        .ok_or("a command is `VERB NAME`")?;
    let source: Source = name.parse()?;
    let found = venues.iter_mut().find(|(venue, _)| *venue == source);
    let (_, upstream) = found.ok_or("the simulation is not an upstream")?;
    match command {
        "kill" => upstream.kill().await,
        "revive" => upstream.revive().await?,
        "silence" => upstream.tick(false),
        "speak" => upstream.tick(true),
        _ => return Err("commands are kill, revive, silence and speak".into()),
    }
    Ok(())
}
