//! Rounds of load on several servers by turns.

use super::http::Target;
use crate::{
    failure::Result,
    goal::plain,
    process::Server,
    progress::{self, Failures, Place},
    rounds::spread,
    settings::Settings,
};
use std::time::{Duration, Instant};

/// Of its core, below which a server was not at its limit: the load generator was.
const BUSY_PERCENT: f64 = 90.0;

/// To be said above the table.
pub(crate) const BUSY_NOTE: &str = "A server that used less than 90 % of its core is marked \
    **not busy**: there the load generator was the limit, and answers/s is a lower bound.";

/// A server under load.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
    pub(crate) target: Target,
    pub(crate) rounds: Vec<Option<Round>>,
    /// Length of a body, for the table.
    pub(crate) bytes: usize,
}

/// The figures of one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Good answers per second.
    pub(crate) per_second: f64,
    /// Good answers per second of CPU time of the server.
    pub(crate) per_cpu_second: f64,
    /// How much of its core the server used.
    pub(crate) cpu_percent: f64,
    /// Median time to an answer.
    pub(crate) p50: Duration,
    /// Time within which 99 of 100 answers are there.
    pub(crate) p99: Duration,
}

/// Head of [`Subject::cells`].
pub(crate) const COLUMNS: [&str; 7] = [
    "server",
    "answers/s",
    "answers per CPU second",
    "p50",
    "p99",
    "CPU of the server",
    "body",
];

impl Subject {
    pub(crate) fn new(name: &'static str, server: Server, target: Target, bytes: usize) -> Self {
        Self {
            name,
            server,
            target,
            rounds: Vec::new(),
            bytes,
        }
    }

    /// A row of the table of figures.
    pub(crate) fn cells(&self) -> [String; 7] {
        let figure = |figure: fn(&Round) -> f64, unit: &str| {
            progress::figure(spread(&self.rounds, figure), unit)
        };
        [
            self.name.to_owned(),
            figure(|round| round.per_second, ""),
            figure(|round| round.per_cpu_second, ""),
            figure(|round| millis(round.p50), " ms"),
            figure(|round| millis(round.p99), " ms"),
            cpu(&self.rounds),
            format!("{} B", self.bytes),
        ]
    }

    async fn round(&self, settings: &Settings) -> Result<Round> {
        let connections = settings.connections;
        self.target.load(connections, settings.warm_up()).await?;
        let (cpu, started) = (self.server.cpu()?, Instant::now());
        let outcome = self.target.load(connections, settings.duration()).await?;
        let elapsed = started.elapsed().as_secs_f64();
        let cpu = self.server.cpu()?.since(&cpu).as_secs_f64();
        let answers = outcome.latencies.count();
        if answers == 0 || outcome.wrong > 0 {
            let wrong = outcome.wrong;
            return Err(format!("{answers} good answers, {wrong} wrong ones").into());
        }
        let [p50, p99] = outcome.latencies.quantiles([0.5, 0.99]);
        Ok(Round {
            per_second: answers as f64 / elapsed,
            per_cpu_second: answers as f64 / cpu,
            cpu_percent: cpu / elapsed * 100.0,
            p50,
            p99,
        })
    }
}

/// Measures all subjects by turns.
pub(crate) async fn measure(subjects: &mut [Subject], settings: &Settings) -> Failures {
    let mut failures = Failures::default();
    for number in 1..=settings.rounds {
        for subject in &mut *subjects {
            let place = Place::new(subject.name, number, settings.rounds);
            let round = failures.sift(&place, subject.round(settings).await);
            if let Some(round) = &round {
                progress::say(&format!("{place}: {}", round.summary()));
            }
            subject.rounds.push(round);
        }
    }
    failures
}

impl Round {
    fn summary(&self) -> String {
        format!(
            "{} answers/s, {} per CPU second, p99 {} ms, {} % of the server's core",
            plain(self.per_second),
            plain(self.per_cpu_second),
            plain(millis(self.p99)),
            plain(self.cpu_percent)
        )
    }
}

fn cpu(rounds: &[Option<Round>]) -> String {
    let percent = spread(rounds, |round| round.cpu_percent);
    let text = progress::figure(percent, " %");
    if percent.is_some_and(|percent| percent.median < BUSY_PERCENT) {
        return format!("{text}, **not busy**");
    }
    text
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(cpu_percent: f64) -> Option<Round> {
        Some(Round {
            per_second: 1.0,
            per_cpu_second: 1.0,
            cpu_percent,
            p50: Duration::ZERO,
            p99: Duration::ZERO,
        })
    }

    #[test]
    fn a_server_that_was_not_at_its_limit_is_marked() {
        let idle = cpu(&[round(80.0), None, round(89.0)]);
        assert_eq!(idle, "84.5 % (80 to 89), **not busy**");
        assert_eq!(cpu(&[round(97.0)]), "97 % (97 to 97)");
    }
}
