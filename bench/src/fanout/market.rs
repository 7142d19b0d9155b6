//! The market as it is: our protocol tells what changed, the original design tells all prices every
//! second. All are told the same trace.

use super::{
    coins::{Coin, Prices},
    fleet::Fleet,
    plan::{Market, Plan},
    subject::{Kind, Subject, Task},
    trace::{SLOT, SLOTS_PER_SECOND, Trace},
};
use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    progress::{self, Failures, Place},
    rounds::{ratio, spread},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, sleep_until};

/// Our server's default, and the original design's beat.
const INTERVAL: Duration = Duration::from_secs(1);
/// Until everybody has been told everything.
const SETTLE: Duration = Duration::from_millis(500);
/// For the peer to tell everybody what it was told to.
const PATIENCE: Duration = Duration::from_secs(20);
/// Frames of the trace before the measured ones. Both servers tell prices around full seconds, so
/// half a second later none of ours is on its way; the peer is waited for.
const LEAD: usize = SLOTS_PER_SECOND * 3 / 2;
/// Messages of the peer meanwhile.
const LEAD_MESSAGES: usize = LEAD / SLOTS_PER_SECOND;
/// Seconds of the trace that a round goes through besides the measured ones.
const LEAD_SECONDS: usize = 2;

const KINDS: [Kind; 3] = [Kind::Ours, Kind::FastApi, Kind::FastApiOnce];

/// What one client costs in a minute.
#[derive(Debug, Clone, Copy)]
struct Round {
    cpu_millis: f64,
    kib: f64,
    messages: f64,
}

/// The rounds of one server.
#[derive(Debug)]
pub(super) struct Row {
    kind: Kind,
    rounds: Vec<Option<Round>>,
}

pub(super) const COLUMNS: [&str; 4] = [
    "server",
    "CPU per client and minute",
    "bytes per client and minute",
    "messages per client and minute",
];

/// Measures both by turns; each round goes through the next part of the trace.
pub(super) async fn measure(plan: &Plan, coins: &Arc<[Coin]>, failures: &mut Failures) -> Vec<Row> {
    let mut rows = Vec::from(KINDS.map(|kind| Row {
        kind,
        rounds: Vec::new(),
    }));
    let market = &plan.market;
    for number in 1..=plan.rounds {
        let seconds = market.seconds + LEAD_SECONDS;
        let trace = Trace::part(coins, (number - 1) * seconds, seconds);
        for row in &mut rows {
            let place = Place::new(row.kind.name(), number, plan.rounds);
            let outcome = round(row.kind, market, coins, trace.clone()).await;
            let round = failures.sift(&place, outcome);
            if let Some(round) = &round {
                progress::say(&format!("{place}: {}", round.summary(market)));
            }
            row.rounds.push(round);
        }
    }
    rows
}

impl Round {
    fn summary(&self, market: &Market) -> String {
        format!(
            "{} sockets on the trace, {} ms CPU, {} KiB and {} messages per client and minute",
            market.sockets,
            plain(self.cpu_millis),
            plain(self.kib),
            plain(self.messages)
        )
    }
}

async fn round(kind: Kind, market: &Market, coins: &Arc<[Coin]>, trace: Trace) -> Result<Round> {
    let mut subject = match kind {
        Kind::Ours => Subject::ours(coins, trace.start, INTERVAL).await?,
        peer => {
            let mut peer = Subject::peer(peer, coins, Task::Prices).await?;
            peer.prices(trace.start).await?;
            peer
        }
    };
    let fleet = Fleet::connect(subject.server.address, market.sockets).await?;
    sleep(SETTLE).await;
    let mut slots = trace.slots.into_iter().enumerate();
    let mut due = Instant::now();
    let lead = slots.by_ref().take(LEAD);
    play(&mut subject, kind, lead, &mut due).await?;
    told(kind, &fleet, LEAD_MESSAGES).await?;
    fleet.begin(0);
    let cpu = subject.server.cpu()?;
    let seconds = market.seconds;
    let measured = slots.take(seconds * SLOTS_PER_SECOND);
    play(&mut subject, kind, measured, &mut due).await?;
    told(kind, &fleet, seconds).await?;
    let messages = fleet.messages()?;
    let cpu = subject.server.cpu()?.since(&cpu).as_secs_f64();
    if messages == 0 || messages > seconds + 1 {
        return Err(format!("{messages} messages in {seconds} s").into());
    }
    let minutes = seconds as f64 / 60.0;
    let each = minutes * market.sockets as f64;
    Ok(Round {
        cpu_millis: cpu * 1000.0 / each,
        kib: fleet.heard().bytes as f64 / 1024.0 / each,
        messages: messages as f64 / minutes,
    })
}

/// Waits until everybody has the messages that the peer was told to send, however long that takes
/// it. Ours sends when it sees fit.
async fn told(kind: Kind, fleet: &Fleet, messages: usize) -> Result<()> {
    match kind {
        Kind::Ours => Ok(()),
        _ => fleet.have(messages, PATIENCE).await,
    }
}

/// Tells the prices of each slot when it is due.
async fn play(
    subject: &mut Subject,
    kind: Kind,
    slots: impl Iterator<Item = (usize, Prices)>,
    due: &mut Instant,
) -> Result<()> {
    for (number, prices) in slots {
        *due += SLOT;
        sleep_until(*due).await;
        if !prices.is_empty() {
            subject.prices(prices).await?;
        }
        if kind != Kind::Ours && (number + 1).is_multiple_of(SLOTS_PER_SECOND) {
            subject.turn().await?;
        }
    }
    Ok(())
}

impl Row {
    pub(super) fn cells(&self) -> [String; 4] {
        let figure = |figure: fn(&Round) -> f64, unit: &str| {
            progress::figure(spread(&self.rounds, figure), unit)
        };
        [
            self.kind.name().to_owned(),
            figure(|round| round.cpu_millis, " ms"),
            figure(|round| round.kib, " KiB"),
            figure(|round| round.messages, ""),
        ]
    }
}

pub(super) fn goals(rows: &[Row]) -> [Goal; 3] {
    let rounds = |kind| {
        rows.iter()
            .find(|row| row.kind == kind)
            .map(|row| &row.rounds)
    };
    let share = |name: &str, peer: Kind, bound, figure: fn(&Round) -> f64| Goal {
        name: format!(
            "{name} per client and minute, realistic trace, of {}",
            peer.name()
        ),
        bound,
        unit: "×",
        figure: rounds(Kind::Ours)
            .zip(rounds(peer))
            .and_then(|(ours, peer)| ratio(ours, peer, figure)),
    };
    let twelfth = Bound::AtMost(1.0 / 12.0);
    let eighth = Bound::AtMost(1.0 / 8.0);
    [
        share("CPU", Kind::FastApi, twelfth, |round| round.cpu_millis),
        share("CPU", Kind::FastApiOnce, Bound::Open, |round| {
            round.cpu_millis
        }),
        share("bytes", Kind::FastApi, eighth, |round| round.kib),
    ]
}
