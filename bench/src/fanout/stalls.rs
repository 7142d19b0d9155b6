//! Some clients stop reading: what the others notice, what it costs, and what becomes of them.

use super::{
    coins::{self, Coin},
    fleet::{self, Fleet},
    plan::{Beat, Plan},
    same,
    subject::{Kind, Subject},
};
use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    load::{http::Target, round::millis},
    progress::{self, Failures, Place},
    rounds::{Spread, ratio, spread},
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, time::sleep};

/// What the kernel takes in for a client that does not read, in bytes: little, so that it stalls
/// soon.
const WINDOW: u32 = 4096;
/// More than the server's stall timeout and its patience with closing.
const MAX_EVICTION: Duration = Duration::from_secs(20);
const POLL_EVERY: Duration = Duration::from_millis(100);
/// When the memory is read, after the first of those that never read has connected: they stall after
/// some seconds, and from 10 s on the server closes those that have stalled.
const STALLING: Duration = Duration::from_secs(8);
const MOST_P99: f64 = 1.2;
/// Growth of the whole server, in KiB, for each client that does not read: its socket, the one
/// message it is in the middle of, and what the allocator rounds up.
const MOST_KIB: f64 = 20.0;

#[derive(Debug, Clone, Copy)]
struct Round {
    /// Milliseconds until a client that reads has a message.
    p50: f64,
    p99: f64,
    /// Per client that does not read; zero without any.
    kib_per_stalled: f64,
    evicted: f64,
}

/// The rounds with or without clients that stop reading.
#[derive(Debug)]
pub(super) struct Row {
    stalled: usize,
    rounds: Vec<Option<Round>>,
}

pub(super) const COLUMNS: [&str; 5] = [
    "stalled readers",
    "tick to a reader, median",
    "tick to a reader, p99",
    "memory per stalled reader",
    "closed with 4008",
];

/// Measures both by turns.
pub(super) async fn measure(plan: &Plan, coins: &Arc<[Coin]>, failures: &mut Failures) -> Vec<Row> {
    let mut rows = Vec::from([0, plan.stalls.stalled].map(|stalled| Row {
        stalled,
        rounds: Vec::new(),
    }));
    for number in 1..=plan.rounds {
        for row in &mut rows {
            let place = Place::new(Kind::Ours.name(), number, plan.rounds);
            let outcome = round(row.stalled, &plan.stalls.beat, coins).await;
            let round = failures.sift(&place, outcome);
            if let Some(round) = &round {
                progress::say(&format!(
                    "{place}: {} readers beside {} stalled ones, p99 {} ms, {} closed",
                    plan.stalls.beat.sockets,
                    row.stalled,
                    plain(round.p99),
                    plain(round.evicted)
                ));
            }
            row.rounds.push(round);
        }
    }
    rows
}

async fn round(stalled: usize, beat: &Beat, coins: &Arc<[Coin]>) -> Result<Round> {
    let interval = beat.period() / 2;
    let mut subject = Subject::ours(coins, coins::turn(coins, 0), interval).await?;
    let address = subject.server.address;
    let fleet = Fleet::connect(address, beat.sockets).await?;
    sleep(same::SETTLE).await;
    same::tell(&mut subject, &fleet, beat, beat.warm_up, 1000).await?;
    let before = subject.server.resident_kib()?;
    let mut silent = Vec::with_capacity(stalled);
    for number in 0..stalled {
        silent.push(fleet::open(address, number, Some(WINDOW)).await?.0);
    }
    let early = before_evictions(beat);
    same::tell(&mut subject, &fleet, beat, early, 1000).await?;
    let grown = subject.server.resident_kib()?.saturating_sub(before);
    let mut latencies = fleet.heard().latencies;
    same::tell(&mut subject, &fleet, beat, beat.messages - early, 1000).await?;
    latencies.append(fleet.heard().latencies);
    let evicted = evictions(&subject, stalled, &silent).await?;
    let [p50, p99] = latencies.quantiles([0.5, 0.99]).map(millis);
    Ok(Round {
        p50,
        p99,
        kib_per_stalled: grown as f64 / stalled.max(1) as f64,
        evicted: evicted as f64,
    })
}

/// How many of the messages are told before any client is closed.
fn before_evictions(beat: &Beat) -> usize {
    let messages = STALLING.as_secs_f64() * f64::from(beat.per_second);
    beat.messages.min(messages as usize)
}

/// Waits until as many clients as stalled are closed for it (4008), and returns how many are.
async fn evictions(subject: &Subject, stalled: usize, _silent: &[TcpStream]) -> Result<usize> {
    let metrics = subject.metrics.ok_or("there are no metrics")?;
    let started = Instant::now();
    loop {
        let evicted = evicted(metrics).await?;
        if evicted >= stalled || started.elapsed() > MAX_EVICTION {
            return Ok(evicted);
        }
        sleep(POLL_EVERY).await;
    }
}

async fn evicted(metrics: SocketAddr) -> Result<usize> {
    let target = Target::get(metrics, "/metrics", "*/*", 1..=usize::MAX);
    let text = String::from_utf8(target.body().await?)?;
    count(&text)
}

/// How many sockets were closed with 4008. A server that has closed none does not mention them, but
/// it does mention the connections: without these, the metrics are others than expected.
fn count(metrics: &str) -> Result<usize> {
    let value = |name: &str| metrics.lines().find_map(|line| line.strip_prefix(name));
    if value("cryptovault_websocket_connections ").is_none() {
        return Err("/metrics does not mention cryptovault_websocket_connections".into());
    }
    match value(r#"cryptovault_websocket_disconnects_total{reason="stalled"} "#) {
        Some(count) => Ok(count
            .trim()
            .parse()
            .map_err(|_| format!("/metrics counts {count:?} stalled sockets"))?),
        None => Ok(0),
    }
}

impl Row {
    pub(super) fn cells(&self) -> [String; 5] {
        let figure = |figure: fn(&Round) -> f64, unit: &str| {
            progress::figure(spread(&self.rounds, figure), unit)
        };
        let [memory, evicted] = if self.stalled == 0 {
            ["–".to_owned(), "–".to_owned()]
        } else {
            [
                figure(|round| round.kib_per_stalled, " KiB"),
                figure(|round| round.evicted, ""),
            ]
        };
        [
            self.stalled.to_string(),
            figure(|round| round.p50, " ms"),
            figure(|round| round.p99, " ms"),
            memory,
            evicted,
        ]
    }
}

pub(super) fn goals(plan: &Plan, rows: &[Row]) -> [Goal; 3] {
    let (readers, stalled) = (plan.stalls.beat.sockets, plan.stalls.stalled);
    let with = |figure: fn(&Round) -> f64| -> Option<Spread> {
        rows.last().and_then(|with| spread(&with.rounds, figure))
    };
    [
        Goal {
            name: format!("{stalled} stalled among {readers}: p99 of the others, of that without"),
            bound: Bound::AtMost(MOST_P99),
            unit: "×",
            figure: match rows {
                [without, with] => ratio(&with.rounds, &without.rounds, |round| round.p99),
                _ => None,
            },
        },
        Goal {
            name: "growth of the server's memory per stalled reader".to_owned(),
            bound: Bound::AtMost(MOST_KIB),
            unit: " KiB",
            figure: with(|round| round.kib_per_stalled),
        },
        Goal {
            name: "stalled readers closed with 4008".to_owned(),
            bound: Bound::AtLeast(stalled as f64),
            unit: "",
            figure: with(|round| round.evicted),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the server writes it.
    const METRICS: &str = "\
        # HELP cryptovault_websocket_disconnects_total WebSockets that ended, by reason.\n\
        # TYPE cryptovault_websocket_disconnects_total counter\n\
        cryptovault_websocket_disconnects_total{reason=\"gone\"} 7\n\
        cryptovault_websocket_disconnects_total{reason=\"stalled\"} 100\n\n\
        # HELP cryptovault_websocket_connections Open WebSockets.\n\
        # TYPE cryptovault_websocket_connections gauge\n\
        cryptovault_websocket_connections 5000\n";

    #[test]
    fn closed_sockets_are_found_among_the_metrics() -> Result<()> {
        assert_eq!(count(METRICS)?, 100);
        let none = METRICS.replace("stalled", "shutdown");
        assert_eq!(count(&none)?, 0);
        Ok(())
    }

    #[test]
    fn metrics_that_can_not_tell_are_an_error() {
        assert!(count(&METRICS.replace("100", "NaN")).is_err());
        assert!(count("").is_err());
        assert!(count(&METRICS.replace("cryptovault_", "vault_")).is_err());
        let described = METRICS.replace("connections 5000", "");
        assert!(count(&described).is_err());
    }

    #[test]
    fn memory_is_read_before_the_first_eviction() {
        let beat = |messages| Beat {
            sockets: 1,
            per_second: 5,
            messages,
            messages_of_ours: messages,
            warm_up: 0,
        };
        assert_eq!(before_evictions(&beat(80)), 40);
        assert_eq!(before_evictions(&beat(10)), 10);
    }
}
