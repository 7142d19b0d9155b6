//! How much is measured.

use super::subject::Kind;
use crate::settings::Keeping;
use clap::{Args, ValueEnum};
use std::time::Duration;

const ROUNDS: usize = 5;

/// Options of the suite.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// Rounds; every server is measured once in each [default: 5; 1 with --quick]
    #[arg(long)]
    rounds: Option<usize>,
    /// A tenth of the sockets for a moment: shows that everything works, not how fast it is
    #[arg(long)]
    quick: bool,
    /// Only this part; several may be named
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Only this server, in the parts that send the same message to all; several may be named
    #[arg(long, value_enum)]
    server: Vec<Kind>,
    #[command(flatten)]
    keeping: Keeping,
}

/// A part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// The same message to 1,000 sockets
    Few,
    /// The same message to 10,000 sockets
    Many,
    /// A realistic market
    Market,
    /// Readers that stall
    Stalls,
}

/// The same message to all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beat {
    pub(super) sockets: usize,
    pub(super) per_second: u32,
    /// Messages that are measured in a round of a peer.
    pub(super) messages: usize,
    /// And of ours: all rounds together have at least 100, as its p99 has a goal.
    pub(super) messages_of_ours: usize,
    /// Messages before that.
    pub(super) warm_up: usize,
}

/// The market as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    pub(super) sockets: usize,
    pub(super) seconds: usize,
}

/// Some clients stop reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stalls {
    pub(super) beat: Beat,
    pub(super) stalled: usize,
}

/// Everything that is measured.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) rounds: usize,
    /// What differs from the whole measurement, as it is written.
    pub(super) options: Vec<String>,
    pub(super) keep: bool,
    parts: Vec<Part>,
    pub(super) servers: Vec<Kind>,
    pub(super) few: Beat,
    pub(super) many: Beat,
    pub(super) market: Market,
    pub(super) stalls: Stalls,
}

impl Settings {
    fn options(&self) -> Vec<String> {
        let rounds = self.rounds.filter(|rounds| *rounds != ROUNDS);
        let rounds = rounds.map(|rounds| format!("--rounds {rounds}"));
        let quick = self.quick.then(|| "--quick".to_owned());
        let parts = self.part.iter().filter_map(ValueEnum::to_possible_value);
        let parts = parts.map(|part| format!("--part {}", part.get_name()));
        let servers = self.server.iter().filter_map(ValueEnum::to_possible_value);
        let servers = servers.map(|server| format!("--server {}", server.get_name()));
        let whole = quick.into_iter().chain(rounds);
        whole.chain(parts).chain(servers).collect()
    }
}

impl From<&Settings> for Plan {
    fn from(settings: &Settings) -> Self {
        let (divisor, rounds) = if settings.quick { (10, 1) } else { (1, ROUNDS) };
        let beat = |sockets, per_second, messages, warm_up| Beat {
            sockets: sockets / divisor,
            per_second,
            messages,
            messages_of_ours: messages,
            warm_up,
        };
        let short = |messages: usize, few| if settings.quick { few } else { messages };
        let options = settings.options();
        Self {
            rounds: settings.rounds.unwrap_or(rounds).max(1),
            keep: settings.keeping.keeps(&options),
            options,
            parts: if settings.part.is_empty() {
                Part::value_variants().to_vec()
            } else {
                settings.part.clone()
            },
            servers: if settings.server.is_empty() {
                Kind::value_variants().to_vec()
            } else {
                settings.server.clone()
            },
            few: beat(1_000, 10, short(40, 10), short(10, 2)),
            many: Beat {
                messages_of_ours: short(20, 2),
                ..beat(10_000, 1, short(6, 2), 1)
            },
            market: Market {
                sockets: 5_000 / divisor,
                seconds: short(15, 5),
            },
            stalls: Stalls {
                beat: beat(5_000, 5, 80, short(10, 5)),
                stalled: 100 / divisor,
            },
        }
    }
}

impl Beat {
    /// Messages that are measured in a round of this server.
    pub(super) const fn messages(&self, kind: Kind) -> usize {
        match kind {
            Kind::Ours => self.messages_of_ours,
            _ => self.messages,
        }
    }

    /// Between two messages.
    pub(super) fn period(&self) -> Duration {
        Duration::from_secs(1) / self.per_second
    }
}

impl Plan {
    /// Whether a part is wanted.
    pub(super) fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Sockets that are open at the same time, at most.
    pub(super) fn most_sockets(&self) -> usize {
        let stalls = self.stalls.beat.sockets + self.stalls.stalled;
        let others = [self.few.sockets, self.many.sockets, self.market.sockets];
        others.into_iter().fold(stalls, usize::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rounds: Option<usize>, quick: bool) -> Plan {
        Plan::from(&Settings {
            rounds,
            quick,
            part: Vec::new(),
            server: Vec::new(),
            keeping: Keeping::default(),
        })
    }

    #[test]
    fn less_than_the_whole_measurement_is_not_kept() {
        assert!(plan(None, false).keep && plan(Some(ROUNDS), false).keep);
        assert!(!plan(None, true).keep && !plan(Some(1), false).keep);
        assert_eq!(plan(Some(2), true).options, ["--quick", "--rounds 2"]);
    }

    #[test]
    fn our_time_to_the_last_client_is_taken_of_100_messages() {
        let plan = plan(None, false);
        for beat in [plan.few, plan.many] {
            assert!(plan.rounds * beat.messages(Kind::Ours) >= 100, "{beat:?}");
        }
    }
}
