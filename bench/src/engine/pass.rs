//! One way through the commands: once for how many a second, once for how long each takes.

use super::market::{Market, Step};
use crate::{cpu::CpuTime, failure::Result, load::latency::Latencies};
use domain::exchange::{Command, Event, Exchange, Rejection, simulate::digest};
use std::{
    hint::black_box,
    process,
    time::{Duration, Instant},
};

/// Commands in a pass.
pub(super) const STEPS: usize = 200_000;

/// What is asked of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Limit,
    Market,
    Stop,
    Cancel,
    Tick,
}

/// An exchange, and commands that it carries out.
#[derive(Debug)]
pub(super) struct Course {
    exchange: Exchange,
    steps: Vec<Step>,
    pub(super) waiting: usize,
    /// What comes of a pass.
    pub(super) events: usize,
    pub(super) trades: usize,
    /// Of the events.
    pub(super) digest: u64,
}

/// How fast it went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speed {
    pub(super) per_second: f64,
    pub(super) per_cpu_second: f64,
}

/// How long commands took.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) all: Latencies,
    pub(super) by_kind: [Latencies; Kind::ALL.len()],
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [
        Self::Limit,
        Self::Market,
        Self::Stop,
        Self::Cancel,
        Self::Tick,
    ];

    const fn of(command: &Command) -> Self {
        match command {
            Command::Place { order, .. } if order.trigger.is_some() => Self::Stop,
            Command::Place { order, .. } if order.rests() => Self::Limit,
            Command::Place { .. } => Self::Market,
            Command::Cancel { .. } => Self::Cancel,
            _ => Self::Tick,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit order",
            Self::Market => "market order",
            Self::Stop => "stop order",
            Self::Cancel => "cancel",
            Self::Tick => "tick",
        }
    }
}

impl Course {
    pub(super) fn prepare() -> Result<Self> {
        let mut market = Market::warm()?;
        let (exchange, waiting) = (market.exchange(), market.waiting());
        let mut course = Self {
            exchange,
            steps: market.steps(STEPS),
            waiting,
            events: 0,
            trades: 0,
            digest: 0,
        };
        course.look()?;
        Ok(course)
    }

    /// What comes of the commands.
    fn look(&mut self) -> Result<()> {
        let mut exchange = self.exchange.clone();
        for Step { command, at } in &self.steps {
            for entry in exchange.execute(command.clone(), *at)? {
                self.events += 1;
                self.trades += usize::from(matches!(entry.event, Event::Traded(_)));
                self.digest = self.digest.wrapping_add(digest(&entry));
            }
        }
        Ok(())
    }

    /// The share of a kind in all commands, in percent.
    pub(super) fn percent(&self, kind: Kind) -> f64 {
        let same = |step: &&Step| Kind::of(&step.command) == kind;
        let count = self.steps.iter().filter(same).count();
        count as f64 / self.steps.len().max(1) as f64 * 100.0
    }

    /// As many passes as begin within `time`.
    pub(super) fn speed(&self, time: Duration) -> Result<Speed> {
        let (mut elapsed, mut cpu) = (Duration::ZERO, Duration::ZERO);
        let mut passes = 0;
        while elapsed < time {
            let (mut exchange, steps) = (self.exchange.clone(), self.steps.clone());
            let (before, started) = (CpuTime::of(process::id())?, Instant::now());
            let events = whole_pass(&mut exchange, steps)?;
            elapsed += started.elapsed();
            cpu += CpuTime::of(process::id())?.since(&before);
            passes += 1;
            if events != self.events {
                return Err(format!("{events} events where {} were", self.events).into());
            }
        }
        let done = (passes * self.steps.len()) as f64;
        Ok(Speed {
            per_second: done / elapsed.as_secs_f64(),
            per_cpu_second: done / cpu.as_secs_f64(),
        })
    }

    /// One pass with a look at the clock before and after each command.
    pub(super) fn times(&self) -> Result<Times> {
        let (mut exchange, steps) = (self.exchange.clone(), self.steps.clone());
        let mut times = Times::default();
        for Step { command, at } in steps {
            let kind = Kind::of(&command);
            let started = Instant::now();
            black_box(exchange.execute(command, at)?);
            let took = started.elapsed();
            times.all.add(took);
            if let Some(own) = times.by_kind.get_mut(kind as usize) {
                own.add(took);
            }
        }
        Ok(times)
    }
}

/// Carries out all commands; tells how many events came of them. In a function of its own, so that
/// a profiler can be told to look at nothing else.
#[inline(never)]
fn whole_pass(exchange: &mut Exchange, steps: Vec<Step>) -> std::result::Result<usize, Rejection> {
    let mut events = 0;
    for Step { command, at } in steps {
        events += black_box(exchange.execute(command, at)?).len();
    }
    Ok(events)
}
