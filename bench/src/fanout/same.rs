//! The same message to everybody: messages per second of CPU time, memory per socket, and the time
//! until the last client has it.

use super::{
    coins::{self, Coin},
    fleet::Fleet,
    plan::{Beat, Plan},
    subject::{Kind, Subject, Task},
};
use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    load::{latency::Latencies, round::millis},
    progress::{self, Failures, Place},
    rounds::{Spread, ratio, spread},
    subjects,
};
use futures_util::StreamExt;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Until all connections are at rest.
pub(super) const SETTLE: Duration = Duration::from_millis(500);
/// For the slowest peer to tell everybody one message.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of the time between two messages: the longest pause that our server may make between two
/// broadcasts. As long as the time itself, two messages would now and then become one.
const INTERVAL: f64 = 0.8;

/// What everybody sends.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) file: PathBuf,
    pub(super) bytes: usize,
}

/// The figures of one server in one round.
#[derive(Debug, Clone)]
pub(super) struct Round {
    per_cpu_second: f64,
    /// How much of its core the server used; little is no fault, as messages come at a pace.
    cpu_percent: f64,
    /// Growth of the resident memory by every socket.
    kib_per_socket: f64,
    /// From telling each message to the last client's having it.
    last: Vec<Duration>,
}

/// The rounds of one server.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) rounds: Vec<Option<Round>>,
}

pub(super) const COLUMNS: [&str; 5] = [
    "server",
    "messages per CPU second",
    "tick to last client, median",
    "tick to last client, p99",
    "memory per socket",
];

/// An update of all prices from our own server.
pub(super) async fn message(coins: &Arc<[Coin]>) -> Result<Message> {
    let mut ours = Subject::ours(coins, coins::turn(coins, 0), Duration::from_millis(50)).await?;
    let url = format!("ws://{}/ws/prices", ours.server.address);
    let stream = tokio::net::TcpStream::connect(ours.server.address).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await?;
    let mut turns = 0;
    loop {
        let heard = timeout(PATIENCE, socket.next()).await;
        let heard = heard.map_err(|_| "CryptoVault sends no update of all prices")?;
        let text = heard.ok_or("CryptoVault hung up")??.into_text()?;
        let update: serde_json::Value = serde_json::from_str(&text)?;
        let prices = update.get("prices").and_then(|prices| prices.as_object());
        let all = prices.is_some_and(|prices| prices.len() == coins.len());
        if all && update.get("full") == Some(&false.into()) {
            let bytes = text.len();
            let file = subjects::keep("message.json", text.as_bytes())?;
            return Ok(Message { file, bytes });
        }
        // The first updates after a start may hold some prices only.
        if turns < 100 {
            sleep(Duration::from_millis(50)).await;
            ours.turn().await?;
            turns += 1;
        }
    }
}

/// Measures all servers by turns; one that fails does not keep the others from it.
pub(super) async fn measure(
    plan: &Plan,
    beat: &Beat,
    coins: &Arc<[Coin]>,
    message: &Message,
    failures: &mut Failures,
) -> Vec<Row> {
    let servers = plan.servers.iter().map(|kind| Row {
        kind: *kind,
        rounds: Vec::new(),
    });
    let mut rows: Vec<Row> = servers.collect();
    for number in 1..=plan.rounds {
        for row in &mut rows {
            let place = Place::new(row.kind.name(), number, plan.rounds);
            let outcome = round(row.kind, beat, coins, message).await;
            let round = failures.sift(&place, outcome);
            if let Some(round) = &round {
                progress::say(&format!("{place}: {}", round.summary(beat)));
            }
            row.rounds.push(round);
        }
    }
    rows
}

async fn round(kind: Kind, beat: &Beat, coins: &Arc<[Coin]>, message: &Message) -> Result<Round> {
    let mut subject = match kind {
        Kind::Ours => {
            let interval = beat.period().mul_f64(INTERVAL);
            Subject::ours(coins, coins::turn(coins, 0), interval).await?
        }
        peer => Subject::peer(peer, coins, Task::Message(&message.file)).await?,
    };
    let before = subject.server.resident_kib()?;
    let fleet = Fleet::connect(subject.server.address, beat.sockets).await?;
    sleep(SETTLE).await;
    let grown = subject.server.resident_kib()?.saturating_sub(before);
    // Status frames and the like are shorter.
    let least = message.bytes / 2;
    tell(&mut subject, &fleet, beat, beat.warm_up, least).await?;
    let messages = beat.messages(kind);
    let (cpu, started) = (subject.server.cpu()?, Instant::now());
    tell(&mut subject, &fleet, beat, messages, least).await?;
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = subject.server.cpu()?.since(&cpu).as_secs_f64();
    Ok(Round {
        per_cpu_second: (messages * beat.sockets) as f64 / cpu,
        cpu_percent: cpu / elapsed * 100.0,
        kib_per_socket: grown as f64 / beat.sockets as f64,
        last: fleet.heard().to_last,
    })
}

/// Tells so many messages at the beat's pace, but none before every client has the one before it.
pub(super) async fn tell(
    subject: &mut Subject,
    fleet: &Fleet,
    beat: &Beat,
    messages: usize,
    least: usize,
) -> Result<()> {
    fleet.begin(least);
    let mut due = Instant::now();
    for number in 1..=messages {
        due += beat.period();
        sleep_until(due).await;
        fleet.tell();
        subject.turn().await?;
        fleet.have(number, PATIENCE).await?;
    }
    Ok(())
}

impl Round {
    fn summary(&self, beat: &Beat) -> String {
        format!(
            "{} sockets × {} Hz, {} messages per CPU second, {} % of the server's core, last \
             client after {} ms, {} KiB per socket",
            beat.sockets,
            beat.per_second,
            plain(self.per_cpu_second),
            plain(self.cpu_percent),
            plain(self.last_p50()),
            plain(self.kib_per_socket)
        )
    }

    /// Milliseconds to the last client, half of the time.
    fn last_p50(&self) -> f64 {
        let [p50] = pooled([self]).quantiles([0.5]).map(millis);
        p50
    }
}

/// The times to the last client of all messages of some rounds.
fn pooled<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Latencies {
    let mut all = Latencies::default();
    let times = rounds.into_iter().flat_map(|round| &round.last);
    times.for_each(|time| all.add(*time));
    all
}

impl Row {
    /// Milliseconds to the last client but for one message in a hundred, and of how many messages
    /// that is: those of all rounds, as one round has too few.
    fn last_p99(&self) -> Option<(f64, usize)> {
        let all = pooled(self.rounds.iter().flatten());
        let count = all.count();
        let [p99] = all.quantiles([0.99]).map(millis);
        (count > 0).then_some((p99, count))
    }

    pub(super) fn cells(&self) -> [String; 5] {
        let figure = |figure: fn(&Round) -> f64, unit: &str| {
            progress::figure(spread(&self.rounds, figure), unit)
        };
        [
            self.kind.name().to_owned(),
            figure(|round| round.per_cpu_second, ""),
            figure(Round::last_p50, " ms"),
            self.last_p99().map_or_else(
                || "–".to_owned(),
                |(p99, count)| format!("{} ms of {count} messages", plain(p99)),
            ),
            figure(|round| round.kib_per_socket, " KiB"),
        ]
    }
}

/// The rows of the table of goals for one beat.
pub(super) fn goals(beat: &Beat, rows: &[Row]) -> Vec<Goal> {
    let rounds = |kind| {
        rows.iter()
            .find(|row| row.kind == kind)
            .map(|row| &row.rounds)
    };
    let times = |peer: Kind, bound: Bound| {
        let pair = rounds(Kind::Ours).zip(rounds(peer));
        Goal {
            name: format!(
                "messages per CPU second, {} × {} Hz, of {}",
                beat.sockets,
                beat.per_second,
                peer.name()
            ),
            bound,
            unit: "×",
            figure: pair.and_then(|(ours, peer)| ratio(ours, peer, |round| round.per_cpu_second)),
        }
    };
    [
        (Kind::BareLoop, Bound::AtLeast(0.9)),
        (Kind::Bun, Bound::AtLeast(1.0)),
        (Kind::NaiveAxum, Bound::AtLeast(1.0)),
        (Kind::FastApi, Bound::AtLeast(8.0)),
        (Kind::FastApiOnce, Bound::Open),
    ]
    .map(|(peer, bound)| times(peer, bound))
    .into()
}

/// The goals that are about many sockets.
pub(super) fn many_goals(beat: &Beat, rows: &[Row]) -> [Goal; 2] {
    let ours = rows.iter().find(|row| row.kind == Kind::Ours);
    let memory = ours.and_then(|ours| spread(&ours.rounds, |round| round.kib_per_socket));
    let last = ours.and_then(Row::last_p99);
    let sockets = beat.sockets;
    [
        Goal {
            name: format!("memory per idle socket, {sockets} sockets"),
            bound: Bound::AtMost(5.0),
            unit: " KiB",
            figure: memory,
        },
        Goal {
            name: format!(
                "tick to last client, p99, {sockets} × {} Hz",
                beat.per_second
            ),
            bound: Bound::AtMost(50.0),
            unit: " ms",
            figure: last.and_then(|(p99, _)| Spread::of([p99])),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(last: impl IntoIterator<Item = u64>) -> Option<Round> {
        Some(Round {
            per_cpu_second: 1.0,
            cpu_percent: 50.0,
            kib_per_socket: 1.0,
            last: last.into_iter().map(Duration::from_millis).collect(),
        })
    }

    #[test]
    fn the_p99_is_that_of_all_messages_of_all_rounds() {
        let row = Row {
            kind: Kind::Ours,
            rounds: vec![round(1..=60), None, round(61..=200)],
        };
        assert_eq!(row.last_p99(), Some((198.0, 200)));
        let without = Row {
            kind: Kind::Bun,
            rounds: vec![None],
        };
        assert_eq!(without.last_p99(), None);
    }
}
