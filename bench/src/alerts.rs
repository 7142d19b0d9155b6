//! Alerts on one coin: what a price costs that crosses ten levels, among ten alerts and among a hundred thousand;
//! and how soon a server has kept what that sets off.

mod seed;
mod served;

use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    load::{latency::Latencies, round::millis},
    progress,
    report::Report,
    rounds::{ratio, spread},
    settings::Settings,
};
use domain::{
    AlertId, CoinId, UserId,
    alert::{Gauge, NewAlert, Standing, Turn, Watch},
    exchange::Timestamp,
};
use rust_decimal::Decimal;
use served::Times;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// Alerts that a price crosses.
const CROSSED: u32 = 10;
/// Alerts in all.
const MANY: u32 = 100_000;
/// Ticks of each kind in a batch; the two sizes take turns at batches.
const BATCH: u32 = 200;
/// What a tick among many may cost of one among few.
const AT_MOST: f64 = 2.0;
/// Until what a price sets off at a server is kept, in ms.
const SOON: f64 = 1_000.0;
/// The shortest that an alert may be silent, in seconds.
const COOLDOWN: u32 = 60;

/// The times of one size in one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    crossing: [Duration; 2],
    passing: [Duration; 2],
}

/// All alerts wait for a price above some level; the lowest ten for one that comes and goes.
struct Course {
    watch: Watch,
    gauge: Gauge,
    now: Timestamp,
    crossing: Latencies,
    passing: Latencies,
}

pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for number in 1..=settings.rounds {
        let (of_few, of_many) = round(settings.duration())?;
        progress::say(&format!(
            "round {number} of {}: a crossing takes {} µs among {CROSSED}, {} µs among {MANY}",
            settings.rounds,
            plain(micros(median(of_few.crossing))),
            plain(micros(median(of_many.crossing))),
        ));
        few.push(Some(of_few));
        many.push(Some(of_many));
    }
    let served = served::measure(MANY, settings.rounds).await?;
    let served: Vec<_> = served.into_iter().map(Some).collect();
    let options = settings.options();
    let mut report = Report::new("alerts", "Alerts on one coin", &options, &[]);
    report.paragraph(&introduction(settings));
    report.table(
        [
            "alerts on the coin",
            "a price that crosses 10, median",
            "p99",
            "a price that crosses none, median",
            "p99",
        ],
        [cells(CROSSED, &few), cells(MANY, &many)],
    );
    report.paragraph(&introduction_served(settings));
    report.table(
        ["a price that crosses", "until all is kept"],
        [
            (served::FEW, spread(&served, few_millis)),
            (served::MANY, spread(&served, many_millis)),
        ]
        .map(|(alerts, time)| [alerts.to_string(), progress::figure(time, " ms")]),
    );
    let goals: Vec<_> = goals(&few, &many)
        .into_iter()
        .chain(soon(&served))
        .collect();
    report.goals(&goals);
    report.finish(settings.keep())
}

fn introduction(settings: &Settings) -> String {
    format!(
        "`domain::alert::Watch` alone on one core, {} rounds of {} s. Ten alerts on bitcoin, and \
         {MANY}, of which the lowest ten are the same; each is repeating. A price reaches the ten, \
         which are told; it falls when their silence is over, so that they wait again. Each is timed \
         by itself: the price that crosses ten levels, and one that crosses none. The two sizes take \
         turns at {BATCH} of each. What is to be written to the database of an alert that was told is \
         the same for both, and not in it.",
        settings.rounds, settings.seconds,
    )
}

fn round(time: Duration) -> Result<(Round, Round)> {
    let (mut few, mut many) = (Course::prepare(CROSSED)?, Course::prepare(MANY)?);
    let end = Instant::now() + time;
    while Instant::now() < end {
        few.batch()?;
        many.batch()?;
    }
    Ok((few.round(), many.round()))
}

impl Course {
    fn prepare(alerts: u32) -> Result<Self> {
        let mut watch = Watch::default();
        let coin = CoinId::new("bitcoin")?;
        for number in 0..alerts {
            let new = NewAlert {
                kind: "price_above".to_owned(),
                coin: Some(coin.to_string()),
                price: Some(level(number).to_string()),
                cooldown: Some(COOLDOWN),
                ..NewAlert::default()
            };
            let id = AlertId::new(uuid::Uuid::from_u128(u128::from(number) + 1));
            let known = |_: &str| Some(coin.clone());
            let alert = new.record(id, known, OffsetDateTime::UNIX_EPOCH);
            let mut alert = alert.map_err(|errors| format!("{errors:?}"))?;
            alert.standing = Standing::Armed;
            let owner = UserId::new(uuid::Uuid::from_u128(u128::from(number / 50) + 1));
            watch.put(&alert, owner);
        }
        Ok(Self {
            watch,
            gauge: Gauge::Price(coin),
            now: Timestamp::from_millis(0),
            crossing: Latencies::default(),
            passing: Latencies::default(),
        })
    }

    fn batch(&mut self) -> Result<()> {
        for _ in 0..BATCH {
            let (told, time) = self.tick(level(CROSSED - 1));
            self.crossing.add(time);
            expect(&told, |turn| matches!(turn, Turn::Fired(_)), CROSSED)?;
            let (none, time) = self.tick(level(CROSSED - 1));
            self.passing.add(time);
            expect(&none, |_| false, 0)?;
            let silence = i64::from(COOLDOWN) * 1000;
            self.now = Timestamp::from_millis(self.now.millis() + silence);
            self.watch.wake(self.now);
            let (armed, _) = self.tick(Decimal::ONE);
            expect(&armed, |turn| matches!(turn, Turn::Armed(_)), CROSSED)?;
        }
        Ok(())
    }

    fn tick(&mut self, price: Decimal) -> (Vec<Turn>, Duration) {
        let start = Instant::now();
        let turns = self.watch.read(&self.gauge, price, self.now);
        (turns, start.elapsed())
    }

    fn round(self) -> Round {
        Round {
            crossing: self.crossing.quantiles([0.5, 0.99]),
            passing: self.passing.quantiles([0.5, 0.99]),
        }
    }
}

/// What an alert waits for.
fn level(number: u32) -> Decimal {
    Decimal::from(1_000 + number)
}

/// A benchmark of the wrong thing is an error.
fn expect(turns: &[Turn], is_one: impl Fn(&Turn) -> bool, count: u32) -> Result<()> {
    if turns.iter().all(is_one) && turns.len() == count as usize {
        return Ok(());
    }
    Err(format!("{count} alerts were to turn, and {turns:?} did").into())
}

fn cells(alerts: u32, rounds: &[Option<Round>]) -> [String; 5] {
    let figure = |figure: &dyn Fn(&Round) -> f64| progress::figure(spread(rounds, figure), " µs");
    [
        alerts.to_string(),
        figure(&|round| micros(median(round.crossing))),
        figure(&|round| micros(round.crossing[1])),
        figure(&|round| micros(median(round.passing))),
        figure(&|round| micros(round.passing[1])),
    ]
}

fn goals(few: &[Option<Round>], many: &[Option<Round>]) -> [Goal; 2] {
    let goal = |name: &str, bound, figure: &dyn Fn(&Round) -> f64| Goal {
        name: name.to_owned(),
        bound,
        unit: "×",
        figure: ratio(many, few, figure),
    };
    [
        goal(
            "a price that crosses 10 of 100,000, of one that crosses 10 of 10",
            Bound::AtMost(AT_MOST),
            &|round| micros(median(round.crossing)),
        ),
        goal(
            "a price that crosses none of 100,000, of one that crosses none of 10",
            Bound::Open,
            &|round| micros(median(round.passing)),
        ),
    ]
}

fn introduction_served(settings: &Settings) -> String {
    format!(
        "A server as it runs in production, with {MANY} alerts of 201 people on bitcoin in its SQLite \
         database (`synchronous=FULL`), who are told on the page. Its venue sends a price that {} of them wait \
         for, and then one that {} do, {} rounds of both. The time is from the price being sent until \
         the last of them stands in the database as told, with its notification, as another program reads it. \
         The server has one core, the venue another.",
        served::FEW,
        served::MANY,
        settings.rounds,
    )
}

fn few_millis(times: &Times) -> f64 {
    millis(times.few)
}

fn many_millis(times: &Times) -> f64 {
    millis(times.many)
}

fn soon(served: &[Option<Times>]) -> [Goal; 2] {
    let goal = |alerts: u32, figure: fn(&Times) -> f64| Goal {
        name: format!("a price that crosses {alerts} of {MANY} at a server, until all is kept"),
        bound: Bound::AtMost(SOON),
        unit: " ms",
        figure: spread(served, figure),
    };
    [
        goal(served::FEW, few_millis),
        goal(served::MANY, many_millis),
    ]
}

const fn median(times: [Duration; 2]) -> Duration {
    times[0]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}
