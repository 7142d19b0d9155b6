//! A portfolio with 100,000 trades: how long the server takes to answer.

use crate::{
    failure::Result,
    goal::{Bound, Goal},
    load::{latency::Latencies, round::millis},
    orders::{
        ask::{ask, send},
        register,
    },
    progress::{self, Failures, Place},
    random::Random,
    report::Report,
    rounds::{Spread, spread},
    settings::{Settings, place},
    subjects::{self, LIST},
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};
use time::{Date, Duration as Days, Month};

const TRADES: u64 = 100_000;
const SEED: u64 = 5;
const MOST_MILLIS: f64 = 100.0;
/// For another method in the browser.
const MOST_SWITCH_MILLIS: f64 = 200.0;
/// Five years.
const DAYS: u64 = 1_826;
/// Tickers, and what one costs, in dollars.
const COINS: [(&str, u64); 8] = [
    ("BTC", 50_000),
    ("ETH", 2_500),
    ("SOL", 120),
    ("XRP", 2),
    ("ADA", 1),
    ("DOGE", 1),
    ("LTC", 90),
    ("LINK", 14),
];
/// What is asked for.
const QUESTIONS: [&str; 6] = [
    "/api/portfolio?method=fifo",
    "/api/portfolio?method=lifo",
    "/api/portfolio?method=hifo",
    "/api/portfolio?method=average",
    "/api/portfolio/performance?period=all",
    "/api/portfolio/explain?figure=realised",
];

/// Times of one question in one round.
#[derive(Debug, Clone, Copy)]
struct Times {
    p50: Duration,
    p99: Duration,
}

type Rounds = Vec<Option<Times>>;

/// How long a switch to each method took in a browser, in milliseconds, once in each round.
type Switches = BTreeMap<String, Vec<f64>>;

pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let name = "portfolio";
    subjects::fresh(name)?;
    let server = subjects::ours_with(name, LIST, &[]).await?;
    let users = register(server.address, 1).await?;
    let user = users.first().ok_or("nobody is registered")?;
    let import = import(server.address, user).await?;
    progress::say(&format!("the import took {import:.1?}"));
    let mut failures = Failures::default();
    let mut all = QUESTIONS.map(|question| (question, Rounds::new()));
    for number in 1..=settings.rounds {
        for (question, rounds) in &mut all {
            let place = Place::new(question, number, settings.rounds);
            let times = times(server.address, question, user, settings.duration()).await;
            let times = failures.sift(&place, times);
            if let Some(times) = &times {
                progress::say(&format!("{place}: p50 {:.1} ms", millis(times.p50)));
            }
            rounds.push(times);
        }
    }
    let switches = serde_json::from_slice(&fs::read(place("BENCH_SWITCH")?)?)?;
    report(settings, import, &all, &switches, &failures)?;
    failures.outcome()
}

/// What somebody traded: mostly buys, and sells of what is there.
fn trades() -> Result<String> {
    let mut random = Random(SEED);
    let mut file = "date,type,asset,quantity,total,fee\n".to_owned();
    let first = Date::from_calendar_date(2020, Month::January, 1)?;
    let mut there = [0_u64; COINS.len()];
    for number in 0..TRADES {
        let date = first + Days::days(i64::try_from(number * DAYS / TRADES)?);
        let coin = usize::try_from(random.below(COINS.len() as u64))?;
        let (Some((ticker, price)), Some(there)) = (COINS.get(coin), there.get_mut(coin)) else {
            continue;
        };
        // In thousandths of a coin; a price between half and one and a half of the usual. More than the fee.
        let wanted = 1 + random.below(2_000);
        let sells = random.below(10) < 4 && *there >= wanted;
        let kind = if sells { "sell" } else { "buy" };
        *there = if sells {
            *there - wanted
        } else {
            *there + wanted
        };
        let cents = (wanted * price * (500 + random.below(1_000)) / 10_000).max(10);
        let (dollars, rest) = (cents / 100, cents % 100);
        let (whole, thousandths) = (wanted / 1_000, wanted % 1_000);
        writeln!(
            file,
            "{date},{kind},{ticker},{whole}.{thousandths:03},{dollars}.{rest:02},0.0{}",
            1 + number % 9
        )?;
    }
    Ok(file)
}

async fn import(address: SocketAddr, user: &str) -> Result<Duration> {
    let file = trades()?;
    let started = Instant::now();
    let path = ("POST", "/api/portfolio/import");
    let answer = send(address, path, user, ("text/csv", &file)).await?;
    if answer.status != 200 || answer.body["new"] != TRADES {
        return Err(format!("{} new of {TRADES}", answer.body["new"]).into());
    }
    Ok(started.elapsed())
}

/// One request after the other.
async fn times(
    address: SocketAddr,
    question: &str,
    user: &str,
    duration: Duration,
) -> Result<Times> {
    let mut latencies = Latencies::default();
    let begun = Instant::now();
    while begun.elapsed() < duration {
        let started = Instant::now();
        let answer = ask(address, question, user, None).await?;
        if answer.status != 200 {
            return Err(format!("{question}: {}", answer.status).into());
        }
        latencies.add(started.elapsed());
    }
    let [p50, p99] = latencies.quantiles([0.5, 0.99]);
    Ok(Times { p50, p99 })
}

fn report(
    settings: &Settings,
    import: Duration,
    all: &[(&str, Rounds)],
    switches: &Switches,
    failures: &Failures,
) -> Result<()> {
    let title = "Portfolio of 100,000 trades";
    let mut report = Report::new("portfolio", title, &settings.options(), &[]);
    report.paragraph(&format!(
        "{TRADES} buys and sells of eight coins over five years, made up from a seed and imported as one \
         file, which took {:.1} s. Then one request after the other, {} rounds of {} s for each question, \
         with the server on one core. Everything is computed anew for each answer; the trades are in \
         memory. A time includes the reading of the answer.",
        import.as_secs_f64(),
        settings.rounds,
        settings.seconds,
    ));
    let figure = |rounds: &Rounds, of: fn(&Times) -> Duration| {
        progress::figure(spread(rounds, |times| millis(of(times))), " ms")
    };
    let rows = all.iter().map(|(question, rounds)| {
        let p50 = figure(rounds, |times| times.p50);
        let p99 = figure(rounds, |times| times.p99);
        [format!("`GET {question}`"), p50, p99]
    });
    report.table(["request", "p50", "p99"], rows);
    report.paragraph(
        "In Chromium, with as many trades on the dashboard: from a press on another method to the frame \
         that shows its figures. All of them are gone through anew, returns and values of every day \
         included; nobody is asked.",
    );
    let spread_of = |times: &Vec<f64>| Spread::of(times.iter().copied());
    let rows = switches
        .iter()
        .map(|(method, times)| [method.clone(), progress::figure(spread_of(times), " ms")]);
    report.table(["switched to", "time"], rows);
    report.failures(failures);
    let switched = switches.iter().map(|(method, times)| Goal {
        name: format!("switch to {method} in the browser"),
        bound: Bound::AtMost(MOST_SWITCH_MILLIS),
        unit: " ms",
        figure: spread_of(times),
    });
    let goals: Vec<Goal> = all
        .iter()
        .map(|(question, rounds)| Goal {
            name: format!("p99 of `{question}`"),
            bound: Bound::AtMost(MOST_MILLIS),
            unit: " ms",
            figure: spread(rounds, |times| millis(times.p99)),
        })
        .chain(switched)
        .collect();
    report.goals(&goals);
    report.finish(settings.keep())
}
