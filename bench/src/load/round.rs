//! Rounds of load on several servers by turns.

use super::http::Target;
use crate::{failure::Result, goal::plain, process::Server, rounds::spread, settings::Settings};
use std::time::{Duration, Instant};

/// A server under load.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
    pub(crate) target: Target,
    pub(crate) rounds: Vec<Round>,
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
    /// Median time to an answer.
    pub(crate) p50: Duration,
    /// Time within which 99 of 100 answers are there.
    pub(crate) p99: Duration,
}

/// Head of [`Subject::cells`].
pub(crate) const COLUMNS: [&str; 6] = [
    "server",
    "answers/s",
    "answers per CPU second",
    "p50",
    "p99",
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
    pub(crate) fn cells(&self) -> [String; 6] {
        let figure = |figure: fn(&Round) -> f64, unit: &str| {
            spread(&self.rounds, figure).map_or_else(String::new, |spread| {
                let [median, low, high] = [spread.median, spread.low, spread.high].map(plain);
                format!("{median}{unit} ({low} to {high})")
            })
        };
        [
            self.name.to_owned(),
            figure(|round| round.per_second, ""),
            figure(|round| round.per_cpu_second, ""),
            figure(|round| millis(round.p50), " ms"),
            figure(|round| millis(round.p99), " ms"),
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
            let (name, wrong) = (self.name, outcome.wrong);
            return Err(format!("{name}: {answers} good answers, {wrong} wrong ones").into());
        }
        let [p50, p99] = outcome.latencies.quantiles([0.5, 0.99]);
        Ok(Round {
            per_second: answers as f64 / elapsed,
            per_cpu_second: answers as f64 / cpu,
            p50,
            p99,
        })
    }
}

/// Measures all subjects by turns.
pub(crate) async fn measure(subjects: &mut [Subject], settings: &Settings) -> Result<()> {
    for _ in 0..settings.rounds {
        for subject in &mut *subjects {
            let round = subject.round(settings).await?;
            subject.rounds.push(round);
        }
    }
    Ok(())
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
