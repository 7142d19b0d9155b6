//! How soon a started server answers, and what it keeps in memory when nobody asks.

use crate::{
    failure::Result,
    goal::{Bound, Goal, plain},
    load::round::millis,
    progress::{self, Place},
    rounds::Spread,
    settings::Settings,
    subjects::{self, LIST},
};
use std::time::Duration;
use tokio::time::sleep;

const MAX_START_MILLIS: f64 = 300.0;
const MAX_IDLE_MIB: f64 = 60.0;
/// Until the start is over and prices tick evenly.
const SETTLE: Duration = Duration::from_secs(5);

/// The figures of all starts.
#[derive(Debug)]
pub(crate) struct Started {
    first_answer: Option<Spread>,
    idle: Option<Spread>,
}

/// Starts the server once in each round.
pub(crate) async fn measure(settings: &Settings) -> Result<Started> {
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for number in 1..=settings.rounds {
        let server = subjects::ours("cryptovault", LIST).await?;
        let time = millis(server.first_answer);
        sleep(SETTLE).await;
        let idle = server.resident_kib()? as f64 / 1024.0;
        progress::say(&format!(
            "{}: first answer after {} ms, {} MiB when idle",
            Place::new("CryptoVault, start", number, settings.rounds),
            plain(time),
            plain(idle)
        ));
        times.push(time);
        memory.push(idle);
    }
    Ok(Started {
        first_answer: Spread::of(times),
        idle: Spread::of(memory),
    })
}

impl Started {
    pub(crate) fn goals(&self) -> [Goal; 2] {
        [
            Goal {
                name: "start to first answer of the market list".to_owned(),
                bound: Bound::AtMost(MAX_START_MILLIS),
                unit: " ms",
                figure: self.first_answer,
            },
            Goal {
                name: "resident memory, idle".to_owned(),
                bound: Bound::AtMost(MAX_IDLE_MIB),
                unit: " MiB",
                figure: self.idle,
            },
        ]
    }
}
