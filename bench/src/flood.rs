//! A flood of sign-ins, and what others notice of it.

use crate::{
    failure::Result,
    goal::{Bound, Goal},
    load::{
        paced::{Answers, Pace, Turn},
        round::millis,
    },
    process::Server,
    progress::{self, Failures, Place},
    report::Report,
    rounds::{ratio, spread},
    settings::Settings,
    subjects::{self, JSON, LIST},
};
use std::{net::SocketAddr, time::Duration};

/// Of what the server can check.
const TIMES: f64 = 10.0;
/// Requests of others in a second, far below what the server can answer.
const OTHERS_PER_SECOND: f64 = 500.0;
const OTHERS: usize = 8;
const MOST_SLOWER: f64 = 2.0;
const LOGIN: &str = "/api/auth/login";
/// More than can be checked, so that the number of refusals tells the server's limit.
const PROBE_CONNECTIONS: usize = 4;
const PROBE_PER_SECOND: f64 = 1000.0;

/// The figures of one round.
#[derive(Debug, Clone, Copy)]
struct Figures {
    p50: Duration,
    p99: Duration,
    /// Passwords checked and turned away in a second.
    checked: f64,
    shed: f64,
}

pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let no_limit = ("AUTH_RATE_LIMIT_PER_MINUTE", "1000000000".to_owned());
    let server = subjects::ours_with("cryptovault", LIST, &[no_limit]).await?;
    let capacity = capacity(&server, settings).await?;
    progress::say(&format!(
        "the server checks {capacity:.1} passwords a second"
    ));
    let (mut quiet, mut flooded) = (Vec::new(), Vec::new());
    let mut failures = Failures::default();
    for number in 1..=settings.rounds {
        for (name, flood, rounds) in [
            ("no flood", 0.0, &mut quiet),
            ("flood", capacity * TIMES, &mut flooded),
        ] {
            let place = Place::new(name, number, settings.rounds);
            let figures = failures.sift(&place, round(&server, settings, flood).await);
            if let Some(figures) = &figures {
                progress::say(&format!("{place}: p99 {:.2} ms", millis(figures.p99)));
            }
            rounds.push(figures);
        }
    }
    report(settings, capacity, &quiet, &flooded, &failures)?;
    failures.outcome()
}

fn report(
    settings: &Settings,
    capacity: f64,
    quiet: &[Option<Figures>],
    flooded: &[Option<Figures>],
    failures: &Failures,
) -> Result<()> {
    let title = "Login flood";
    let mut report = Report::new("flood", title, &settings.options(), &[]);
    report.paragraph(&introduction(settings, capacity));
    let columns = [
        "sign-ins",
        "others' p50",
        "others' p99",
        "passwords checked/s",
        "turned away/s",
    ];
    let rows = [("none", quiet), ("10 times the limit", flooded)];
    report.table(columns, rows.map(|(name, rounds)| cells(name, rounds)));
    report.failures(failures);
    report.goals(&[Goal {
        name: "others' p99 in the flood, of that without".to_owned(),
        bound: Bound::AtMost(MOST_SLOWER),
        unit: "×",
        figure: ratio(flooded, quiet, |round| round.p99.as_secs_f64()),
    }]);
    report.finish(settings.keep())
}

fn cells(name: &str, rounds: &[Option<Figures>]) -> [String; 5] {
    let figure = |figure: fn(&Figures) -> f64, unit| progress::figure(spread(rounds, figure), unit);
    [
        name.to_owned(),
        figure(|round| millis(round.p50), " ms"),
        figure(|round| millis(round.p99), " ms"),
        figure(|round| round.checked, ""),
        figure(|round| round.shed, ""),
    ]
}

fn introduction(settings: &Settings, capacity: f64) -> String {
    format!(
        "`GET {LIST}` {OTHERS_PER_SECOND} times a second over {OTHERS} connections, {} rounds of {} s \
         each without and with a flood of `POST {LOGIN}`, every one for another address and without \
         an account, at {TIMES} times the {capacity:.0} passwords a second that the server can check \
         on its core (measured first). The limit per address is out of reach, so that the pool alone \
         holds the flood off. Times count from the moment a request was due.",
        settings.rounds, settings.seconds,
    )
}

/// Passwords that the server checks in a second when there are always more.
async fn capacity(server: &Server, settings: &Settings) -> Result<f64> {
    let flood = sign_ins(server.address, PROBE_CONNECTIONS, PROBE_PER_SECOND);
    let answers = flood.run(settings.duration()).await?;
    match (answers.refused, answers.wrong) {
        (0, _) | (_, 1..) => Err(format!("{answers:?} to sign-ins").into()),
        (checked, _) => Ok(checked as f64 / settings.seconds),
    }
}

async fn round(server: &Server, settings: &Settings, flood: f64) -> Result<Figures> {
    let time = settings.duration();
    let others = Pace::new(server.address, OTHERS, OTHERS_PER_SECOND, list(server));
    let flood = async {
        if flood > 0.0 {
            // Each waits for its answer: enough of them for the pace, though some wait in the queue.
            let connections = (flood / 4.0).ceil() as usize;
            sign_ins(server.address, connections, flood).run(time).await
        } else {
            Ok(Answers::default())
        }
    };
    let (others, flood) = tokio::join!(others.run(time), flood);
    let (others, flood) = (others?, flood?);
    let failed = others.wrong + others.shed + others.refused + flood.wrong;
    if failed > 0 || others.latencies.count() == 0 {
        return Err(format!("{failed} wrong answers").into());
    }
    let [p50, p99] = others.latencies.quantiles([0.5, 0.99]);
    Ok(Figures {
        p50,
        p99,
        checked: flood.refused as f64 / settings.seconds,
        shed: flood.shed as f64 / settings.seconds,
    })
}

fn list(server: &Server) -> impl Fn(Turn) -> String + use<> {
    let address = server.address;
    move |_| format!("GET {LIST} HTTP/1.1\r\nHost: {address}\r\nAccept: {JSON}\r\n\r\n")
}

/// Sign-ins that each need a password checked: of accounts that nobody has.
fn sign_ins(address: SocketAddr, connections: usize, per_second: f64) -> Pace {
    let request = move |Turn { connection, number }: Turn| {
        let body = format!(
            r#"{{"email":"nobody-{connection}-{number}@example.com","password":"correct horse battery"}}"#
        );
        let length = body.len();
        format!(
            "POST {LOGIN} HTTP/1.1\r\nHost: {address}\r\nAccept: {JSON}\r\nContent-Type: {JSON}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    };
    Pace::new(address, connections, per_second, request).stopping()
}
