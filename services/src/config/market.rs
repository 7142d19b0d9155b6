//! Where prices come from.

use super::{coingecko::CoinGeckoTimings, reader::Reader, secret::Secret, values};
use domain::Source;
use std::time::Duration;

/// `FEEDS BROADCAST_INTERVAL_MS` and the addresses and keys of the upstreams. Addresses are base
/// URLs (scheme, host, port) without a trailing slash; each adapter appends its path.
#[derive(Debug, Clone)]
pub struct MarketConfig {
    /// Sources in order of preference; at least one.
    pub feeds: Vec<Source>,
    /// CoinCap v3 socket.
    pub coincap_ws_url: String,
    /// Without a key CoinCap is skipped.
    pub coincap_api_key: Option<Secret>,
    /// Binance market-data socket.
    pub binance_ws_url: String,
    /// Binance market-data REST.
    pub binance_rest_url: String,
    /// Coinbase Exchange socket.
    pub coinbase_ws_url: String,
    /// Kraken v2 socket.
    pub kraken_ws_url: String,
    /// CoinGecko REST.
    pub coingecko_url: String,
    /// CoinGecko demo key; without one the keyless limits apply.
    pub coingecko_api_key: Option<Secret>,
    /// How often CoinGecko is asked.
    pub coingecko_timings: CoinGeckoTimings,
    /// Between two broadcasts to WebSocket clients.
    pub broadcast_interval: Duration,
    /// Waiting times of the feeds; not read from the environment, so that tests can shorten them.
    pub timings: FeedTimings,
    /// Seed of the simulated feed: equal seeds give equal walks.
    pub simulation_seed: u64,
}

/// Waiting times of the supervisor and its feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedTimings {
    /// Without a valid tick for this long, the next source takes over.
    pub failover_after: Duration,
    /// A candidate must deliver its first tick within this time.
    pub first_tick: Duration,
    /// First wait before connecting again; doubles up to `backoff_max`, with jitter.
    pub backoff_initial: Duration,
    /// Longest wait before connecting again.
    pub backoff_max: Duration,
    /// Between two background probes of a better source.
    pub probe_every: Duration,
    /// A probed source is taken back after it has delivered for this long.
    pub probe_proof: Duration,
    /// A leader that has not renewed its lease for this long is replaced.
    pub lease_ttl: Duration,
    /// Between two renewals of the lease, and between two attempts to take it.
    pub lease_renew: Duration,
}

impl Default for FeedTimings {
    fn default() -> Self {
        Self {
            failover_after: Duration::from_secs(30),
            first_tick: Duration::from_secs(5),
            backoff_initial: Duration::from_secs(1),
            backoff_max: Duration::from_secs(60),
            probe_every: Duration::from_secs(300),
            probe_proof: Duration::from_secs(30),
            lease_ttl: Duration::from_secs(10),
            lease_renew: Duration::from_secs(3),
        }
    }
}

impl Default for MarketConfig {
    fn default() -> Self {
        Self {
            feeds: Source::ALL.to_vec(),
            coincap_ws_url: "wss://wss.coincap.io".to_owned(),
            coincap_api_key: None,
            binance_ws_url: "wss://data-stream.binance.vision".to_owned(),
            binance_rest_url: "https://data-api.binance.vision".to_owned(),
            coinbase_ws_url: "wss://ws-feed.exchange.coinbase.com".to_owned(),
            kraken_ws_url: "wss://ws.kraken.com".to_owned(),
            coingecko_url: "https://api.coingecko.com".to_owned(),
            coingecko_api_key: None,
            coingecko_timings: CoinGeckoTimings::default(),
            broadcast_interval: Duration::from_secs(1),
            timings: FeedTimings::default(),
            simulation_seed: 0x00C0_FFEE,
        }
    }
}

impl MarketConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = Self::default();
        let feeds = reader.value(
            "FEEDS",
            default.feeds,
            values::list(|name| {
                let parsed = name.parse::<Source>();
                parsed.map_err(|unknown| unknown.to_string())
            }),
            |items| values::show_list(items),
        );
        let broadcast_ms = reader.value(
            "BROADCAST_INTERVAL_MS",
            default.broadcast_interval.as_millis() as u64,
            values::number(50..=60_000),
            ToString::to_string,
        );
        let coincap_api_key = key(reader, "COINCAP_API_KEY");
        if feeds == [Source::Coincap] && coincap_api_key.is_none() {
            let reason = "coincap needs COINCAP_API_KEY, so no source is left: there will be no \
                          prices";
            reader.warning("FEEDS", reason);
        }
        Self {
            feeds,
            broadcast_interval: Duration::from_millis(broadcast_ms),
            coincap_api_key,
            coincap_ws_url: socket(reader, "COINCAP_WS_URL", default.coincap_ws_url),
            binance_ws_url: socket(reader, "BINANCE_WS_URL", default.binance_ws_url),
            binance_rest_url: rest(reader, "BINANCE_REST_URL", default.binance_rest_url),
            coinbase_ws_url: socket(reader, "COINBASE_WS_URL", default.coinbase_ws_url),
            kraken_ws_url: socket(reader, "KRAKEN_WS_URL", default.kraken_ws_url),
            coingecko_api_key: key(reader, "COINGECKO_API_KEY"),
            coingecko_url: rest(reader, "COINGECKO_URL", default.coingecko_url),
            timings: default.timings,
            coingecko_timings: default.coingecko_timings,
            simulation_seed: default.simulation_seed,
        }
    }
}

fn key(reader: &mut Reader, variable: &'static str) -> Option<Secret> {
    reader.optional(variable, values::key, |secret| format!("{secret:?}"))
}

fn socket(reader: &mut Reader, variable: &'static str, default: String) -> String {
    reader.value(
        variable,
        default,
        values::base_url(&["ws", "wss"]),
        Clone::clone,
    )
}

fn rest(reader: &mut Reader, variable: &'static str, default: String) -> String {
    reader.value(
        variable,
        default,
        values::base_url(&["http", "https"]),
        Clone::clone,
    )
}
