//! How much is measured.

use clap::Args;
use std::time::Duration;

/// Options of the suite.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// Rounds; every server is measured once in each [default: 5; 1 with --quick]
    #[arg(long)]
    rounds: Option<usize>,
    /// A tenth of the sockets for a moment: shows that everything works, not how fast it is
    #[arg(long)]
    quick: bool,
    /// Print the result without keeping it in bench/RESULTS.md
    #[arg(long)]
    print_only: bool,
}

/// The same message to all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beat {
    pub(super) sockets: usize,
    pub(super) per_second: u32,
    /// Messages that are measured.
    pub(super) messages: usize,
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
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) keep: bool,
    pub(super) few: Beat,
    pub(super) many: Beat,
    pub(super) market: Market,
    pub(super) stalls: Stalls,
}

impl From<&Settings> for Plan {
    fn from(settings: &Settings) -> Self {
        let (divisor, rounds) = if settings.quick { (10, 1) } else { (1, 5) };
        let beat = |sockets, per_second, messages, warm_up| Beat {
            sockets: sockets / divisor,
            per_second,
            messages,
            warm_up,
        };
        let short = |messages: usize, few| if settings.quick { few } else { messages };
        Self {
            rounds: settings.rounds.unwrap_or(rounds).max(1),
            keep: !settings.print_only,
            few: beat(1_000, 10, short(40, 10), short(10, 2)),
            many: beat(10_000, 1, short(6, 2), 1),
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
    /// Between two messages.
    pub(super) fn period(&self) -> Duration {
        Duration::from_secs(1) / self.per_second
    }
}

impl Plan {
    /// Sockets that are open at the same time, at most.
    pub(super) fn most_sockets(&self) -> usize {
        let stalls = self.stalls.beat.sockets + self.stalls.stalled;
        let others = [self.few.sockets, self.many.sockets, self.market.sockets];
        others.into_iter().fold(stalls, usize::max)
    }
}
