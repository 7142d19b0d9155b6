//! Prices to thousands of sockets: from us, from the loop that only writes, from Bun, from axum the
//! naive way and from the original design.

mod coins;
mod fleet;
mod frames;
mod market;
mod peer;
mod plan;
mod progress;
mod same;
mod stalls;
mod subject;
mod tally;
mod trace;
mod upstream;

pub(crate) use peer::Peer;
pub(crate) use plan::Settings;

use crate::{failure::Result, goal::Goal, process, report::Report};
use coins::Coin;
use plan::{Beat, Plan};
use std::sync::Arc;

/// Files that are open besides the sockets.
const OTHER_FILES: usize = 200;

/// What could not be measured does not keep the rest from being reported.
pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let plan = Plan::from(settings);
    process::allow_open_files(plan.most_sockets() + OTHER_FILES)?;
    let coins: Arc<[Coin]> = coins::all()?.into();
    let message = same::message(&coins).await?;
    let mut section = Section {
        report: Report::new("fanout", "Price stream"),
        goals: Vec::new(),
        failures: Vec::new(),
    };
    section
        .report
        .paragraph(&introduction(&plan, message.bytes));
    for beat in [&plan.few, &plan.many] {
        let mut rows = Vec::new();
        let outcome = same::measure(&plan, beat, &coins, &message, &mut rows).await;
        section.report.paragraph(&same_heading(beat));
        let cells = rows.iter().map(same::Row::cells);
        section.report.table(same::COLUMNS, cells);
        section.goals.extend(same::goals(beat, &rows));
        if beat.sockets == plan.many.sockets {
            section.goals.extend(same::many_goals(beat, &rows));
        }
        section.note(outcome);
    }
    let mut rows = Vec::new();
    let outcome = market::measure(&plan, &coins, &mut rows).await;
    section.report.paragraph(&market_heading(&plan));
    let cells = rows.iter().map(market::Row::cells);
    section.report.table(market::COLUMNS, cells);
    section.goals.extend(market::goals(&rows));
    section.note(outcome);

    let mut rows = Vec::new();
    let outcome = stalls::measure(&plan, &coins, &mut rows).await;
    section.report.paragraph(&stalls_heading(&plan));
    let cells = rows.iter().map(stalls::Row::cells);
    section.report.table(stalls::COLUMNS, cells);
    section.goals.extend(stalls::goals(&plan, &rows));
    section.note(outcome);
    section.finish(plan.keep)
}

/// What becomes the report.
#[derive(Debug)]
struct Section {
    report: Report,
    goals: Vec<Goal>,
    failures: Vec<String>,
}

impl Section {
    fn note(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.report.paragraph(&format!("**Broken off:** {error}."));
            progress::say(&error.to_string());
            self.failures.push(error.to_string());
        }
    }

    fn finish(mut self, keep: bool) -> Result<()> {
        self.report.goals(&self.goals);
        self.report.finish(keep)?;
        if self.failures.is_empty() {
            return Ok(());
        }
        Err(self.failures.join("; ").into())
    }
}

fn introduction(plan: &Plan, bytes: usize) -> String {
    format!(
        "{} rounds, each with freshly started servers. CryptoVault runs as in production and is \
         connected to a CoinCap socket that the load generator plays; every update of all prices \
         is a message of {bytes} B. The others send the same {bytes} B whenever the load generator \
         says so on their standard input: a Rust loop that writes one prepared frame to every \
         socket; Bun's `publish` (uWebSockets); axum with a `tokio::sync::broadcast` channel and a \
         task for each socket; FastAPI (uvicorn, uvloop, httptools, websockets). Every client must \
         have every message, or the round is an error. Clients count frames and read no JSON. The \
         time to the last client includes the load generator's reading, one socket after the other.",
        plan.rounds
    )
}

fn same_heading(beat: &Beat) -> String {
    format!(
        "### {} sockets, {} messages a second\n\n{} messages in a round, after {} to warm up. \
         Memory is the growth of the resident memory between no socket and all, before the first \
         message.",
        beat.sockets, beat.per_second, beat.messages, beat.warm_up
    )
}

fn market_heading(plan: &Plan) -> String {
    format!(
        "### A realistic market, {} sockets\n\nA trace of ticks (`bench/src/fanout/trace.rs`: \
         Poisson, bitcoin four a second, the others fewer by their volume to the power of 0.7, \
         fixed seed) in parts of {} s, the same for both. CryptoVault tells what changed, at most \
         once a second; FastAPI tells all prices every second, encoded once with orjson.",
        plan.market.sockets, plan.market.seconds
    )
}

fn stalls_heading(plan: &Plan) -> String {
    let beat = &plan.stalls.beat;
    format!(
        "### Readers that stall\n\nCryptoVault, {} clients that read, {} messages of all prices, \
         {} a second, alone and beside {} clients that never read. The times are those of the \
         clients that read, one for each message and client.",
        beat.sockets, beat.messages, beat.per_second, plan.stalls.stalled
    )
}
