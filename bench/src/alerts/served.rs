//! Alerts at a server: from a price being sent until what it sets off is kept.

use super::seed::{self, Seed};
use crate::{
    failure::Result,
    fanout::{
        coins::{self, Coin, Prices},
        upstream::Upstream,
    },
    orders::register,
    process::{self, Server},
    subjects::{self, LIST},
};
use rusqlite::{Connection, OpenFlags};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Alerts that one price crosses, and that another one does.
pub(super) const FEW: u32 = 10;
pub(super) const MANY: u32 = 10_000;
const NAME: &str = "alerts";
/// What a bitcoin costs before the first round, in dollars, and how far apart the levels are.
const START: u32 = 90_000;
const STEP: u32 = 50;
/// For all alerts to be read, and for what a price sets off.
const MAX_WAIT: Duration = Duration::from_secs(120);
const POLL_EVERY: Duration = Duration::from_millis(1);

/// How long it took in one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) few: Duration,
    pub(super) many: Duration,
}

/// A server with alerts, and its venue.
struct Desk {
    venue: Upstream,
    database: Connection,
    _server: Server,
}

impl Desk {
    /// Starts it with so many alerts, of which each round of `rounds` crosses some.
    pub(super) async fn open(alerts: u32, rounds: u32) -> Result<Self> {
        let folder = subjects::fresh(NAME)?;
        let file = folder.join("data/vault.db");
        let coins: Arc<[Coin]> = coins::all()?.into();
        let mut prices = coins::turn(&coins, 0);
        if let Some((_, bitcoin)) = prices.first_mut() {
            *bitcoin = START.to_string();
        }
        // Once for the tables and an account.
        let (server, _venue) = serve(&coins, &prices).await?;
        register(server.address, 1).await?;
        drop(server);
        let levels = (0..rounds).flat_map(|round| [(few(round), FEW), (many(round), MANY)]);
        let seed = Seed {
            alerts,
            levels: levels.collect(),
            beyond: many(rounds),
        };
        let last = seed::write(&file, &seed)?;
        let (server, venue) = serve(&coins, &prices).await?;
        let database = read_only(&file)?;
        let desk = Self {
            venue,
            database,
            _server: server,
        };
        // It is read last, and armed by the price.
        let is_armed = "SELECT count(*) FROM alerts WHERE id = ?1 AND revision > 1";
        let armed = || {
            Ok(desk
                .database
                .query_row(is_armed, [&last], |row| row.get(0))?)
        };
        desk.until(1, armed).await?;
        Ok(desk)
    }

    /// How long it takes until what this price sets off is kept.
    async fn crossing(&self, price: u32, count: u32) -> Result<Duration> {
        let told = || {
            let sql = "SELECT count(*) FROM notifications";
            Ok(self
                .database
                .query_row(sql, [], |row| row.get::<_, u32>(0))?)
        };
        let before = told()?;
        let sent = Instant::now();
        self.venue.send(vec![(0, price.to_string())]).await?;
        self.until(before + count, told).await?;
        let took = sent.elapsed();
        let all = told()? - before;
        if all != count {
            return Err(format!("{all} alerts were told of instead of {count}").into());
        }
        Ok(took)
    }

    async fn until(&self, count: u32, now: impl Fn() -> Result<u32>) -> Result<()> {
        let started = Instant::now();
        while now()? < count {
            if started.elapsed() > MAX_WAIT {
                return Err(format!("{} of {count} after {MAX_WAIT:?}", now()?).into());
            }
            sleep(POLL_EVERY).await;
        }
        Ok(())
    }
}

/// The server with its venue, which has told it these prices.
async fn serve(coins: &Arc<[Coin]>, prices: &Prices) -> Result<(Server, Upstream)> {
    let venue = Upstream::start(Arc::clone(coins), prices.clone()).await?;
    let settings = [
        ("FEEDS", "coincap".to_owned()),
        ("COINCAP_API_KEY", "measurement".to_owned()),
        ("COINCAP_WS_URL", format!("ws://{}", venue.address)),
        // Nothing is there, so that nothing is asked for outside.
        (
            "COINGECKO_URL",
            format!("http://{}", process::free_address()?),
        ),
    ];
    let server = subjects::ours_with(NAME, LIST, &settings).await?;
    venue.customer().await?;
    Ok((server, venue))
}

fn read_only(file: &PathBuf) -> Result<Connection> {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    database.busy_timeout(MAX_WAIT)?;
    Ok(database)
}

/// The price that few alerts wait for in a round, counted from 0, and the one that many do.
const fn few(round: u32) -> u32 {
    START + (2 * round + 1) * STEP
}

const fn many(round: u32) -> u32 {
    few(round) + STEP
}

/// Measures as many rounds, one after the other, at one server with so many alerts.
pub(super) async fn measure(alerts: u32, rounds: usize) -> Result<Vec<Times>> {
    let rounds = u32::try_from(rounds)?;
    let desk = Desk::open(alerts, rounds).await?;
    let mut times = Vec::new();
    for round in 0..rounds {
        times.push(Times {
            few: desk.crossing(few(round), FEW).await?,
            many: desk.crossing(many(round), MANY).await?,
        });
    }
    Ok(times)
}
