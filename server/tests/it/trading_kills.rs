//! What was acknowledged is there, and what is sent again is done once, however programs end.

use crate::auth_support::{Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::redis_server::RedisServer;
use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, Running, program},
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{process::Child, task::JoinSet};

const ORDERS: &str = "/api/trading/orders";
/// How many place orders at once.
const TRADERS: usize = 8;

/// Orders by what they were called; with an id if that was answered.
type Placed = BTreeMap<String, Option<String>>;

/// A program that can be killed. What it says is read, or it would wait for a reader.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) folder: TempDir,
    address: String,
}

impl Server {
    pub(crate) fn of(running: Running) -> Self {
        let Running {
            child,
            folder,
            address,
            mut log,
            ..
        } = running;
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Self {
            child,
            folder,
            address,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Somebody with a session, at whichever server.
#[derive(Debug, Clone)]
pub(crate) struct Ann {
    client: reqwest::Client,
    cookie: String,
}

impl Ann {
    /// Registers and deposits.
    pub(crate) async fn begin(server: &Server) -> Outcome<Self> {
        services::tls::install();
        let client = reqwest::Client::builder().timeout(DEADLINE).build()?;
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
        let answer = client
            .post(server.url("/api/auth/register"))
            .header("sec-fetch-site", "same-origin")
            .json(&body);
        let answer = answer.send().await?.error_for_status()?;
        let lines = answer.headers().get_all(header::SET_COOKIE).iter();
        let pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').next());
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        let ann = Self { client, cookie };
        let body = json!({ "asset": "USD", "amount": "10000" });
        let deposited = ann.post(server, "/api/wallet/deposit", &body).await?;
        check(deposited.0 == StatusCode::CREATED, &deposited.1.to_string())?;
        Ok(ann)
    }

    pub(crate) async fn post(
        &self,
        server: &Server,
        path: &str,
        body: &Value,
    ) -> reqwest::Result<(StatusCode, Value)> {
        self.post_to(server.url(path), body).await
    }

    async fn post_to(&self, url: String, body: &Value) -> reqwest::Result<(StatusCode, Value)> {
        let request = self
            .client
            .post(url)
            .header("sec-fetch-site", "same-origin");
        let request = request.header(header::COOKIE, &self.cookie);
        let answer = request.json(body).send().await?;
        let status = answer.status();
        Ok((status, answer.json().await?))
    }

    pub(crate) async fn get(&self, server: &Server, path: &str) -> Outcome<Value> {
        let request = self.client.get(server.url(path));
        let answer = request.header(header::COOKIE, &self.cookie).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Sends all orders again, and checks that those that were acknowledged are the same ones.
    async fn send_again(&self, server: &Server, placed: &mut Placed) -> TestResult {
        for (name, id) in placed {
            let (status, answer) = self.post(server, ORDERS, &order(name)).await?;
            check(status == StatusCode::CREATED, &answer.to_string())?;
            let now = answer["order"]["id"].as_str().map(ToOwned::to_owned);
            check(
                id.is_none() || *id == now,
                &format!("{name}: {id:?} is {now:?}"),
            )?;
            *id = now;
        }
        Ok(())
    }

    /// Checks that there is each order once, and that what is held is what they need.
    async fn check_all(&self, server: &Server, placed: &Placed) -> TestResult {
        let all = self.get(server, &format!("{ORDERS}?limit=500")).await?;
        let all = all["orders"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<&str> = all
            .iter()
            .filter_map(|order| order["client_order_id"].as_str())
            .collect();
        names.sort_unstable();
        let expected: Vec<&str> = placed.keys().map(String::as_str).collect();
        assert_eq!(names, expected);
        let balances = self.get(server, "/api/wallet/balance").await?;
        // A dollar each, and the fee.
        let held = rust_decimal::Decimal::new(1_002, 3) * rust_decimal::Decimal::from(all.len());
        let held = held.normalize().to_string();
        check(
            balances["balances"][0]["held"] == held,
            &balances.to_string(),
        )
    }
}

fn order(name: &str) -> Value {
    json!({ "pair": "BTC-USD", "side": "buy", "type": "limit", "price": "1000", "quantity": "0.001",
        "client_order_id": name })
}

/// Places orders as fast as they are answered, until `enough` are; then `kill` is called. What was sent
/// and answered until nobody answers any more is told, and when it was killed.
async fn place_until<F: Future<Output = TestResult>>(
    ann: &Ann,
    url: &str,
    round: usize,
    enough: usize,
    kill: impl FnOnce() -> F,
) -> Outcome<(Placed, Instant)> {
    let count = Arc::new(AtomicUsize::new(0));
    let reached = Arc::new(tokio::sync::Notify::new());
    let mut traders = JoinSet::new();
    for trader in 0..TRADERS {
        let (ann, url, count, reached) =
            (ann.clone(), url.to_owned(), count.clone(), reached.clone());
        traders.spawn(async move {
            let mut placed = Placed::new();
            for number in 0..enough {
                let name = format!("{round}-{trader}-{number}");
                placed.insert(name.clone(), None);
                let Ok((StatusCode::CREATED, answer)) =
                    ann.post_to(url.clone(), &order(&name)).await
                else {
                    break;
                };
                let id = answer["order"]["id"].as_str().map(ToOwned::to_owned);
                placed.insert(name, id);
                if count.fetch_add(1, Ordering::SeqCst) + 1 == enough {
                    reached.notify_one();
                }
            }
            placed
        });
    }
    reached.notified().await;
    kill().await?;
    let killed = Instant::now();
    let mut placed = Placed::new();
    while let Some(done) = traders.join_next().await {
        placed.extend(done?);
    }
    Ok((placed, killed))
}

pub(crate) const LIMITS: [(&str, &str); 2] = [
    ("RATE_LIMIT_PER_MINUTE", "1000000"),
    ("AUTH_RATE_LIMIT_PER_MINUTE", "1000000"),
];

async fn start(folder: TempDir) -> Outcome<Server> {
    let variables = [OFFLINE.as_slice(), &LIMITS].concat();
    let command = program(folder.path(), &variables);
    Ok(Server::of(Running::spawn(command, folder).await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_has_lost_nothing_and_doubles_nothing() -> TestResult {
    let mut server = start(tempfile::tempdir()?).await?;
    let ann = Ann::begin(&server).await?;
    let mut placed = Placed::new();
    for round in 0..4 {
        let (url, enough) = (server.url(ORDERS), 5 + 10 * round);
        let child = &mut server.child;
        let kill = move || async move { Ok(child.kill().await?) };
        let (more, _) = place_until(&ann, &url, round, enough, kill).await?;
        placed.extend(more);
        server = start(server.folder).await?;
        ann.send_again(&server, &mut placed).await?;
        ann.check_all(&server, &placed).await?;
    }
    server.child.kill().await?;
    let variables = [OFFLINE.as_slice(), &LIMITS].concat();
    let mut check_ledger = program(server.folder.path(), &variables);
    let said = check_ledger.arg("check-ledger").output().await?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    check(said.status.success() && text.contains("orders"), &text)
}

/// Two programs on one database and one cache.
async fn start_beside(database: &str, cache: &str) -> Outcome<Server> {
    let shared = [
        ("DATABASE_URL", database),
        ("CACHE_URL", cache),
        ("JWT_SECRET", "one secret for both of the servers"),
    ];
    let variables = [LIMITS.as_slice(), &shared].concat();
    Ok(Server::of(Running::start(|_| Ok(()), &variables).await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_takes_over_within_ten_seconds_and_doubles_nothing() -> TestResult {
    let database = MongoServer::start().await.map_err(|e| e.to_string())?;
    let cache = RedisServer::start().await.map_err(|e| e.to_string())?;
    let (database, cache) = (database.url(), cache.url());
    let mut writer = start_beside(&database, &cache).await?;
    // Its first order shows that it writes before the other one looks.
    let ann = Ann::begin(&writer).await?;
    let other = start_beside(&database, &cache).await?;

    let (child, url) = (&mut writer.child, other.url(ORDERS));
    let kill = move || async move { Ok(child.kill().await?) };
    let (mut placed, killed) = place_until(&ann, &url, 0, 20, kill).await?;
    while ann.post(&other, ORDERS, &order("first")).await?.0 != StatusCode::CREATED {
        check(killed.elapsed() < DEADLINE, "nobody takes over")?;
    }
    let took = killed.elapsed();
    check(
        took < Duration::from_secs(10),
        &format!("taken over after {took:?}"),
    )?;
    placed.insert("first".to_owned(), None);
    ann.send_again(&other, &mut placed).await?;
    ann.check_all(&other, &placed).await
}
