//! Prices to thousands of sockets: from us, from the loop that only writes, from Bun, from axum the
//! naive way and from the original design.

pub(crate) mod coins;
mod fleet;
mod frames;
mod market;
mod peer;
mod plan;
mod same;
mod stalls;
mod subject;
mod tally;
mod trace;
pub(crate) mod upstream;

pub(crate) use peer::Peer;
pub(crate) use plan::Settings;

use crate::{
    failure::Result, goal::Goal, machine, process, progress::Failures, report::Report, subjects,
};
use coins::Coin;
use plan::{Beat, Part, Plan};
use same::Message;
use std::sync::Arc;

/// Files that are open besides the sockets.
const OTHER_FILES: usize = 200;

/// What could not be measured does not keep the rest from being reported.
pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let plan = Plan::from(settings);
    process::allow_open_files(plan.most_sockets() + OTHER_FILES)?;
    let coins: Arc<[Coin]> = coins::all()?.into();
    let message = same::message(&coins).await?;
    let title = "Price stream";
    let mut section = Section {
        report: Report::new("fanout", title, &plan.options, &peers()),
        goals: Vec::new(),
        failures: Failures::default(),
    };
    section
        .report
        .paragraph(&introduction(&plan, message.bytes));
    for (part, beat) in [(Part::Few, &plan.few), (Part::Many, &plan.many)] {
        if plan.has(part) {
            section.same(&plan, beat, &coins, &message).await;
        }
    }
    if plan.has(Part::Market) {
        section.market(&plan, &coins).await;
    }
    if plan.has(Part::Stalls) {
        section.stalls(&plan, &coins).await;
    }
    section.finish(plan.keep)
}

fn peers() -> Vec<String> {
    let mut peers = machine::node("bun", &["bun"]);
    peers.extend(machine::rust(&["axum"]));
    peers.extend(subjects::fastapi_versions());
    peers
}

/// What becomes the report.
#[derive(Debug)]
struct Section {
    report: Report,
    goals: Vec<Goal>,
    failures: Failures,
}

impl Section {
    async fn same(&mut self, plan: &Plan, beat: &Beat, coins: &Arc<[Coin]>, message: &Message) {
        let mut failures = Failures::default();
        let rows = same::measure(plan, beat, coins, message, &mut failures).await;
        self.report.paragraph(&same_heading(beat));
        let cells = rows.iter().map(same::Row::cells);
        self.report.table(same::COLUMNS, cells);
        self.goals.extend(same::goals(beat, &rows));
        if beat.sockets == plan.many.sockets {
            self.goals.extend(same::many_goals(beat, &rows));
        }
        self.note(failures);
    }

    async fn market(&mut self, plan: &Plan, coins: &Arc<[Coin]>) {
        let mut failures = Failures::default();
        let rows = market::measure(plan, coins, &mut failures).await;
        self.report.paragraph(&market_heading(plan));
        let cells = rows.iter().map(market::Row::cells);
        self.report.table(market::COLUMNS, cells);
        self.goals.extend(market::goals(&rows));
        self.note(failures);
    }

    async fn stalls(&mut self, plan: &Plan, coins: &Arc<[Coin]>) {
        let mut failures = Failures::default();
        let rows = stalls::measure(plan, coins, &mut failures).await;
        self.report.paragraph(&stalls_heading(plan));
        let cells = rows.iter().map(stalls::Row::cells);
        self.report.table(stalls::COLUMNS, cells);
        self.goals.extend(stalls::goals(plan, &rows));
        self.note(failures);
    }

    fn note(&mut self, failures: Failures) {
        self.report.failures(&failures);
        self.failures.append(failures);
    }

    fn finish(mut self, keep: bool) -> Result<()> {
        self.report.goals(&self.goals);
        self.report.finish(keep)?;
        self.failures.outcome()
    }
}

fn introduction(plan: &Plan, bytes: usize) -> String {
    format!(
        "{} rounds, each with freshly started servers. CryptoVault runs as in production and is \
         connected to a CoinCap socket that the load generator plays; every update of all prices \
         is a message of {bytes} B. The others send the same {bytes} B whenever the load generator \
         says so on their standard input: a Rust loop that writes one prepared frame to every \
         socket; Bun's `publish` (uWebSockets); axum with a `tokio::sync::broadcast` channel and a \
         task for each socket; FastAPI (uvicorn, uvloop, httptools, websockets) as in the original \
         design, which calls `send_json` for every socket, and encoding once with orjson. Every client must \
         have every message, or the round is an error. Clients count frames and read no JSON. The \
         time to the last client includes the load generator's reading, one socket after the other.",
        plan.rounds
    )
}

fn same_heading(beat: &Beat) -> String {
    format!(
        "### {} sockets, {} messages a second\n\n{} messages in a round ({} from CryptoVault), after \
         {} to warm up. The p99 is that of all messages of all rounds together; where they are fewer \
         than 100, it is the longest time. Memory is the growth of the resident memory between no \
         socket and all, before the first message.",
        beat.sockets, beat.per_second, beat.messages, beat.messages_of_ours, beat.warm_up
    )
}

fn market_heading(plan: &Plan) -> String {
    format!(
        "### A realistic market, {} sockets\n\nA trace of ticks (`bench/src/fanout/trace.rs`: \
         Poisson, bitcoin four a second, the others fewer by their volume to the power of 0.7, \
         fixed seed) in parts of {} s, the same for all. CryptoVault tells what changed, at most \
         once a second; FastAPI tells all prices every second.",
        plan.market.sockets, plan.market.seconds
    )
}

fn stalls_heading(plan: &Plan) -> String {
    let beat = &plan.stalls.beat;
    format!(
        "### Readers that stall\n\nCryptoVault, {} clients that read, {} messages of all prices, \
         {} a second, alone and beside {} clients that never read. The times are those of the \
         clients that read, one for each message and client. Memory is read before the first of \
         the others is closed.",
        beat.sockets, beat.messages, beat.per_second, plan.stalls.stalled
    )
}
