//! Orders over HTTP: how many a second are acknowledged, which means kept.

pub(crate) mod ask;
mod desk;

pub(crate) use desk::register;

use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    load::{http, round::millis},
    machine,
    progress::{self, Failures, Place},
    report::Report,
    rounds::{ratio, spread},
    settings::Settings,
    subjects,
};
use desk::{Desk, Kind};
use std::time::{Duration, Instant};

const TIMES: f64 = 10.0;
/// Of the core, below which something else than computing was waited for.
const BUSY_PERCENT: f64 = 90.0;

/// The figures of one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    per_second: f64,
    /// Of the server and its database together.
    per_cpu_second: f64,
    p50: Duration,
    p99: Duration,
    /// How much of the core the server used, and its database.
    server: f64,
    database: f64,
}

type Rounds = Vec<Option<Round>>;

pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let mut failures = Failures::default();
    let mut all = Kind::ALL.map(|kind| (kind, Rounds::new()));
    for number in 1..=settings.rounds {
        for (kind, rounds) in &mut all {
            let place = Place::new(kind.name(), number, settings.rounds);
            let round = failures.sift(&place, round(*kind, settings).await);
            if let Some(round) = &round {
                progress::say(&format!("{place}: {}", round.summary()));
            }
            rounds.push(round);
        }
    }
    let title = "Orders over HTTP";
    let mut report = Report::new("orders", title, &settings.options(), &peers());
    report.paragraph(&introduction(settings));
    let columns = [
        "server",
        "orders/s",
        "orders per CPU second",
        "p50",
        "p99",
        "CPU of the server",
        "CPU of its database",
    ];
    report.table(
        columns,
        all.iter().map(|(kind, rounds)| cells(*kind, rounds)),
    );
    report.failures(&failures);
    report.goals(&goals(&all));
    report.finish(settings.keep())?;
    failures.outcome()
}

fn peers() -> Vec<String> {
    let mut peers = subjects::fastapi_versions();
    peers.extend(machine::python(&["motor", "pymongo"]));
    peers.extend(machine::pinned_in(
        "services/tests/support/requirements.txt",
        &["SecantusDB"],
    ));
    peers
}

fn introduction(settings: &Settings) -> String {
    format!(
        "`POST /api/trading/orders` over {} connections that ask again at once, {} rounds of {} s, each \
         with a freshly started server on an empty database, both on one core. An order is a limit \
         order that waits in the book; each connection places those of users of its own. CryptoVault \
         runs as in production, knows its users by their sessions, which it looks up for every request, \
         and answers when what has happened is kept: on SQLite with `synchronous=FULL`, on MongoDB in a \
         transaction, for all that have come meanwhile together. FastAPI (uvicorn, uvloop, httptools, \
         Motor) believes a header which user asks, checks the order, and in one transaction for each \
         holds the money with a conditional update and inserts order and journal entry, which it \
         doesn't number. MongoDB is the server of the tests, SecantusDB, which speaks its protocol: the \
         ratio counts. After each round something must be held for just as many orders as were \
         acknowledged, or it is an error. A server that used, with its database, less than \
         {BUSY_PERCENT} % of the core is marked **not busy**: it waited for the disk or for the load \
         generator.",
        settings.connections, settings.rounds, settings.seconds,
    )
}

async fn round(kind: Kind, settings: &Settings) -> Result<Round> {
    let desk = Desk::open(kind, settings).await?;
    let turns = desk.turns();
    let before = http::load(&turns, settings.warm_up()).await?;
    let (server, started) = (desk.server.cpu()?, Instant::now());
    let database = desk.database.as_ref().map(|own| own.cpu()).transpose()?;
    let outcome = http::load(&turns, settings.duration()).await?;
    let elapsed = started.elapsed().as_secs_f64();
    let server = desk.server.cpu()?.since(&server).as_secs_f64();
    let database = match (&desk.database, database) {
        (Some(own), Some(before)) => own.cpu()?.since(&before).as_secs_f64(),
        _ => 0.0,
    };
    let orders = outcome.latencies.count();
    let wrong = before.wrong + outcome.wrong;
    if orders == 0 || wrong > 0 {
        return Err(format!("{orders} orders were acknowledged, {wrong} refused").into());
    }
    let (all, kept) = (before.latencies.count() + orders, desk.kept().await?);
    if kept != all {
        return Err(format!("{all} orders were acknowledged, {kept} are there").into());
    }
    let [p50, p99] = outcome.latencies.quantiles([0.5, 0.99]);
    Ok(Round {
        per_second: orders as f64 / elapsed,
        per_cpu_second: orders as f64 / (server + database),
        p50,
        p99,
        server: server / elapsed * 100.0,
        database: database / elapsed * 100.0,
    })
}

impl Round {
    fn summary(&self) -> String {
        format!(
            "{} orders/s, {} per CPU second, p50 {} ms, p99 {} ms, {} % and {} % of the core",
            plain(self.per_second),
            plain(self.per_cpu_second),
            plain(millis(self.p50)),
            plain(millis(self.p99)),
            plain(self.server),
            plain(self.database),
        )
    }
}

fn cells(kind: Kind, rounds: &[Option<Round>]) -> [String; 7] {
    let figure = |figure: fn(&Round) -> f64, unit| progress::figure(spread(rounds, figure), unit);
    let busy = spread(rounds, |round| round.server + round.database);
    let mut server = figure(|round| round.server, " %");
    if busy.is_some_and(|busy| busy.median < BUSY_PERCENT) {
        server.push_str(", **not busy**");
    }
    let database = match kind {
        Kind::Sqlite => "–".to_owned(),
        Kind::Mongo | Kind::Motor => figure(|round| round.database, " %"),
    };
    [
        kind.name().to_owned(),
        figure(|round| round.per_second, ""),
        figure(|round| round.per_cpu_second, ""),
        figure(|round| millis(round.p50), " ms"),
        figure(|round| millis(round.p99), " ms"),
        server,
        database,
    ]
}

fn goals(all: &[(Kind, Rounds); 3]) -> Vec<Goal> {
    let [(_, sqlite), (_, mongo), (motor, peer)] = all;
    let goal = |what: &str, ours: &Rounds, bound, figure: fn(&Round) -> f64| Goal {
        name: format!("{what}, of {}", motor.name()),
        bound,
        unit: "×",
        figure: ratio(ours, peer, figure),
    };
    let p99 = |round: &Round| round.p99.as_secs_f64();
    let per_second = |round: &Round| round.per_second;
    vec![
        goal(
            "orders/s on MongoDB",
            mongo,
            Bound::AtLeast(TIMES),
            per_second,
        ),
        goal("p99 on MongoDB", mongo, Bound::Open, p99),
        goal(
            "orders/s on SQLite",
            sqlite,
            Bound::AtLeast(TIMES),
            per_second,
        ),
        goal("p99 on SQLite", sqlite, Bound::Open, p99),
    ]
}
