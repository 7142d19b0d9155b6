//! The exchange alone: commands a second on one core, and how long one takes.

mod market;
mod pass;

use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    load::latency::Latencies,
    progress,
    report::Report,
    rounds::{Spread, spread},
    settings::Keeping,
};
use clap::Args;
use pass::{Course, Kind, STEPS, Speed, Times};
use std::time::Duration;

const ROUNDS: usize = 5;
const SECONDS: f64 = 4.0;
const PER_SECOND: f64 = 1_000_000.0;
const P99_MICROS: f64 = 10.0;

/// Options of the suite.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// Rounds
    #[arg(long, default_value_t = ROUNDS)]
    rounds: usize,
    /// Seconds of commands one after the other in a round, 0.1 to 600
    #[arg(long, default_value_t = SECONDS, value_parser = crate::settings::seconds)]
    seconds: f64,
    #[command(flatten)]
    keeping: Keeping,
}

impl Settings {
    /// The options that differ from the defaults, as they are written.
    fn options(&self) -> Vec<String> {
        let time = Duration::from_secs_f64(self.seconds);
        let options = [
            (self.rounds != ROUNDS).then(|| format!("--rounds {}", self.rounds)),
            (time != Duration::from_secs_f64(SECONDS))
                .then(|| format!("--seconds {}", self.seconds)),
        ];
        options.into_iter().flatten().collect()
    }
}

/// The figures of one round.
#[derive(Debug)]
struct Round {
    speed: Speed,
    p50: Duration,
    p99: Duration,
    p999: Duration,
    by_kind: [[Duration; 2]; Kind::ALL.len()],
}

/// Criterion and its like are not used: they tell how long a loop takes on average, not how long one
/// command in a hundred does.
pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let course = Course::prepare()?;
    let mut rounds = Vec::new();
    for number in 1..=settings.rounds {
        let speed = course.speed(Duration::from_secs_f64(settings.seconds))?;
        let round = Round::of(speed, course.times()?);
        progress::say(&format!(
            "round {number} of {}: {} commands/s, {} per CPU second, p99 {} µs",
            settings.rounds,
            plain(speed.per_second),
            plain(speed.per_cpu_second),
            plain(micros(round.p99)),
        ));
        rounds.push(Some(round));
    }
    let options = settings.options();
    let mut report = Report::new("core", "Exchange core", &options, &[]);
    report.paragraph(&introduction(settings, &course));
    report.table(
        [
            "commands/s",
            "commands per CPU second",
            "p50",
            "p99",
            "p99.9",
        ],
        [cells(&rounds)],
    );
    let kinds = Kind::ALL.map(|kind| kind_cells(kind, &course, &rounds));
    report.table(["command", "share", "p50", "p99"], kinds);
    report.goals(&goals(&rounds));
    report.finish(settings.keeping.keeps(&options))
}

fn introduction(settings: &Settings, course: &Course) -> String {
    format!(
        "`domain::exchange` alone on one core, {} rounds of {} s and, with a look at the clock before \
         and after each command, one pass for the times. A pass is {STEPS} commands, made up from a \
         seed (`bench/src/engine/market.rs`): 4,000 users, 8 pairs, {} orders that wait already. All of \
         them are carried out; of a pass come {} events, {} of them trades, each checked and entered \
         into the books and into the state. Every pass begins with a copy of the same state, which is \
         not counted. Digest of the events of a pass: {:016x}; as long as that stays the same, the \
         exchange has done the same.",
        settings.rounds,
        settings.seconds,
        course.waiting,
        course.events,
        course.trades,
        course.digest,
    )
}

impl Round {
    fn of(speed: Speed, times: Times) -> Self {
        let [p50, p99, p999] = times.all.quantiles([0.5, 0.99, 0.999]);
        let of_kind = |own: Latencies| own.quantiles([0.5, 0.99]);
        Self {
            speed,
            p50,
            p99,
            p999,
            by_kind: times.by_kind.map(of_kind),
        }
    }
}

fn cells(rounds: &[Option<Round>]) -> [String; 5] {
    let figure = |figure: fn(&Round) -> f64, unit| progress::figure(spread(rounds, figure), unit);
    [
        figure(|round| round.speed.per_second, ""),
        figure(|round| round.speed.per_cpu_second, ""),
        figure(|round| micros(round.p50), " µs"),
        figure(|round| micros(round.p99), " µs"),
        figure(|round| micros(round.p999), " µs"),
    ]
}

fn kind_cells(kind: Kind, course: &Course, rounds: &[Option<Round>]) -> [String; 4] {
    let quantile = |place: usize| -> Option<Spread> {
        let of_round = |round: &Round| Some(micros(*round.by_kind.get(kind as usize)?.get(place)?));
        Spread::of(rounds.iter().flatten().filter_map(of_round))
    };
    [
        kind.name().to_owned(),
        format!("{} %", plain(course.percent(kind))),
        progress::figure(quantile(0), " µs"),
        progress::figure(quantile(1), " µs"),
    ]
}

fn goals(rounds: &[Option<Round>]) -> [Goal; 2] {
    [
        Goal {
            name: "commands/s on one core".to_owned(),
            bound: Bound::AtLeast(PER_SECOND),
            unit: "",
            figure: spread(rounds, |round| round.speed.per_second),
        },
        Goal {
            name: "p99 of a command".to_owned(),
            bound: Bound::AtMost(P99_MICROS),
            unit: " µs",
            figure: spread(rounds, |round| micros(round.p99)),
        },
    ]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}
