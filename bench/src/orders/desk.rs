//! The servers that take orders, each with its database and with users who have money.

use super::ask::{Answer, ask};
use crate::{
    failure::Result,
    load::http::{Target, Turns},
    process::Server,
    settings::{Settings, place, scratch},
    subjects::{self, LIST},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::{
    env,
    net::SocketAddr,
    process::Command,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, time::sleep};

/// Open orders that a user may have, at ours.
const ORDERS_OF_A_USER: f64 = 500.0;
/// More than any of the servers takes in a second.
const MOST_PER_SECOND: f64 = 20_000.0;
/// For an exchange to open.
const MAX_WAIT: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(50);
const ORDERS: &str = "/api/trading/orders";
const BALANCE: &str = "/api/wallet/balance";
/// Far from the market, so that it waits; a dollar, the least there may be.
const ORDER: &str =
    r#"{"pair":"BTC-USD","side":"buy","type":"limit","price":"1000","quantity":"0.001"}"#;
const DOLLARS: &str = "1000";

/// Who takes orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Mongo,
    Motor,
}

/// A server that takes orders.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) server: Server,
    pub(super) database: Option<Server>,
    /// Of each user, the lines that say who it is.
    users: Vec<String>,
    connections: usize,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Sqlite, Self::Mongo, Self::Motor];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "CryptoVault, SQLite",
            Self::Mongo => "CryptoVault, MongoDB",
            Self::Motor => "FastAPI and Motor, MongoDB",
        }
    }
}

impl Desk {
    /// Starts it on an empty database.
    pub(super) async fn open(kind: Kind, settings: &Settings) -> Result<Self> {
        let connections = settings.connections;
        let users = connections * users_each(settings);
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Mongo | Kind::Motor => Some(mongo().await?),
        };
        let url = database.as_ref().map(|server| {
            let address = server.address;
            format!("mongodb://{address}/orders")
        });
        let server = match kind {
            Kind::Motor => peer(users, url.unwrap_or_default()).await?,
            Kind::Sqlite | Kind::Mongo => ours(url).await?,
        };
        let users = match kind {
            Kind::Motor => (0..users)
                .map(|user| format!("X-User: {user}\r\n"))
                .collect(),
            Kind::Sqlite | Kind::Mongo => register(server.address, users).await?,
        };
        Ok(Self {
            server,
            database,
            users,
            connections,
        })
    }

    /// What each connection sends: orders of its own users by turns, so that no two ever want the
    /// same balance.
    pub(super) fn turns(&self) -> Vec<Turns> {
        let order = |user: &String| Target::post(self.server.address, ORDERS, user, ORDER);
        let each = self.users.len() / self.connections.max(1);
        let all = self.users.chunks(each.max(1));
        all.filter_map(|users| {
            let mut orders = users.iter().map(order);
            Some(Turns::of(orders.next()?, orders))
        })
        .collect()
    }

    /// How many orders something is held for.
    pub(super) async fn kept(&self) -> Result<usize> {
        let mut held = Decimal::ZERO;
        for user in &self.users {
            let answer = ask(self.server.address, BALANCE, user, None).await?;
            held += dollars_held(&answer)?;
        }
        // A dollar each, and the fee that may come to it.
        let orders = held / Decimal::new(1_002, 3);
        Ok(orders
            .to_string()
            .parse()
            .map_err(|_| format!("{held} USD are held"))?)
    }
}

fn users_each(settings: &Settings) -> usize {
    let time = settings.duration() + settings.warm_up();
    let orders = MOST_PER_SECOND * time.as_secs_f64();
    let each = orders / (ORDERS_OF_A_USER * settings.connections.max(1) as f64);
    each.ceil().max(1.0) as usize
}

fn dollars_held(answer: &Answer) -> Result<Decimal> {
    let balances = answer.body["balances"].as_array();
    let dollars = balances.and_then(|all| all.iter().find(|one| one["asset"] == "USD"));
    let held = dollars.and_then(|dollars| dollars["held"].as_str());
    let held = held.ok_or_else(|| format!("no balance in {}", answer.body))?;
    Ok(held.parse::<Decimal>()?.normalize())
}

/// A server that speaks MongoDB's protocol, with nothing in it.
async fn mongo() -> Result<Server> {
    let program = place("BENCH_MONGO")?;
    let folder = subjects::fresh("mongo")?;
    let command = |address: SocketAddr| {
        let mut command = Command::new(program);
        command
            .args(["--host", &address.ip().to_string()])
            .args(["--port", &address.port().to_string()])
            .args(["--log-level", "ERROR"])
            .arg("--storage-path")
            .arg(folder.join("data"))
            .current_dir(&folder)
            // Somebody's settings for another server are not meant for this one.
            .env("HOME", &folder);
        command
    };
    Server::start(command, &scratch()?.join("mongo.log"), is_listening).await
}

/// A connection to a port where nobody listens can, by chance, meet itself.
async fn is_listening(address: SocketAddr) -> bool {
    let stream = TcpStream::connect(address).await;
    stream.is_ok_and(|stream| stream.local_addr().is_ok_and(|own| own != address))
}

async fn ours(database: Option<String>) -> Result<Server> {
    let name = "orders";
    subjects::fresh(name)?;
    let no_limit = ("AUTH_RATE_LIMIT_PER_MINUTE", "1000000000".to_owned());
    let database = database.map(|url| ("DATABASE_URL", url));
    let settings: Vec<_> = [no_limit].into_iter().chain(database).collect();
    subjects::ours_with(name, LIST, &settings).await
}

async fn peer(users: usize, database: String) -> Result<Server> {
    let python = place("BENCH_PYTHON")?;
    let file = env::current_dir()?.join("bench/peers/fastapi_orders.py");
    let command = |address: SocketAddr| {
        let mut command = Command::new(python);
        command
            .arg(file)
            .env("PORT", address.port().to_string())
            .env("DATABASE_URL", database)
            .env("USERS", users.to_string());
        command
    };
    subjects::start(command, "fastapi-orders", "/health").await
}

/// Accounts with money; of each, the lines that say who it is.
pub(crate) async fn register(address: SocketAddr, count: usize) -> Result<Vec<String>> {
    const OWN_PAGE: &str = "Sec-Fetch-Site: same-origin\r\n";
    let mut users = Vec::with_capacity(count);
    for number in 0..count {
        let account = json!({
            "email": format!("trader-{number}@example.com"),
            "password": "correct horse battery staple",
            "name": format!("Trader {number}"),
        });
        let answer = ask(address, "/api/auth/register", OWN_PAGE, Some(&account)).await?;
        expect(201, &answer)?;
        let user = format!("{OWN_PAGE}Cookie: {}\r\n", answer.cookies);
        deposit(address, &user).await?;
        users.push(user);
    }
    Ok(users)
}

/// Waits for the exchange to open.
async fn deposit(address: SocketAddr, user: &str) -> Result<()> {
    let money: Value = json!({ "asset": "USD", "amount": DOLLARS });
    let started = Instant::now();
    loop {
        let answer = ask(address, "/api/wallet/deposit", user, Some(&money)).await?;
        if answer.status != 503 || started.elapsed() > MAX_WAIT {
            return expect(201, &answer);
        }
        sleep(POLL_EVERY).await;
    }
}

fn expect(status: u16, answer: &Answer) -> Result<()> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!("{} {} instead of {status}", answer.status, answer.body).into())
}
