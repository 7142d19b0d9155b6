//! An alert that has come true is told once on every way, however the program ends meanwhile.

use crate::auth_support::{Outcome, check};
use crate::smtp_server::SmtpServer;
use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, Running, program},
};
use crate::trading_kills::{Ann, LIMITS, Server};
use crate::upstream::{Upstream, Venue};
use crate::webhooks::receiver::Receiver;
use http::StatusCode;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Alerts that one price crosses.
const ALERTS: usize = 40;

/// Those who are told: a mail server and a program, which outlive the server.
struct Told {
    mails: SmtpServer,
    hook: Receiver,
}

impl Told {
    async fn start() -> Outcome<Self> {
        Ok(Self {
            mails: SmtpServer::start(&[]).await?,
            hook: Receiver::start(&[]).await?,
        })
    }

    /// How often each alert was told by mail, by the price in its title. A mail that was sent again
    /// because nobody knew whether it had been has the same number, by which its reader knows it.
    fn by_mail(&self) -> BTreeMap<String, Vec<String>> {
        let mut told = BTreeMap::<_, Vec<String>>::new();
        for mail in self.mails.taken() {
            let header = |name: &str| {
                let mut lines = mail.data.lines();
                let line = lines.find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().to_owned()
            };
            let numbers = told.entry(header("Subject: ")).or_default();
            numbers.push(header("Message-ID: "));
        }
        told.retain(|title, _| title.starts_with("Bitcoin has risen to"));
        told
    }

    /// The same for what the program got.
    fn by_hook(&self) -> BTreeMap<String, Vec<String>> {
        let mut told = BTreeMap::<_, Vec<String>>::new();
        for seen in self.hook.seen() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let body = seen.json();
            let numbers = told.entry(text(&body["title"])).or_default();
            numbers.push(text(&body["id"]));
        }
        told
    }
}

/// Waits until everybody has heard of so many alerts.
async fn heard(told: &Told, count: usize) -> TestResult {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let (mails, calls) = (told.by_mail().len(), told.by_hook().len());
        if mails >= count && calls >= count {
            return Ok(());
        }
        let text = format!("{mails} mails and {calls} calls of {count}");
        check(Instant::now() < deadline, &text)?;
        sleep(Duration::from_millis(20)).await;
    }
}

async fn start(folder: TempDir, kraken: &Upstream, told: &Told) -> Outcome<Server> {
    let (feed, mails) = (kraken.url(), told.mails.url());
    let variables = [
        ("FEEDS", "kraken"),
        ("KRAKEN_WS_URL", &*feed),
        ("SMTP_URL", &*mails),
        ("MAIL_FROM", "vault@example.com"),
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/32"),
    ];
    let variables = [OFFLINE.as_slice(), &LIMITS, &variables].concat();
    let command = program(folder.path(), &variables);
    Ok(Server::of(Running::spawn(command, folder).await?))
}

/// Changes the database beside the program.
fn alter(server: &Server, sql: &str) -> TestResult {
    let file = server.folder.path().join("data/vault.db");
    let database = rusqlite::Connection::open(file)?;
    database.busy_timeout(DEADLINE)?;
    database.execute(sql, [])?;
    Ok(())
}

/// Sets alerts at so many prices above this one, and waits until they are armed.
async fn set(ann: &Ann, server: &Server, from: usize) -> TestResult {
    for price in from..from + ALERTS {
        let alert = json!({ "type": "price_above", "coin": "bitcoin", "price": price.to_string() });
        let (status, answer) = ann.post(server, "/api/alerts", &alert).await?;
        check(status == StatusCode::CREATED, &answer.to_string())?;
    }
    let deadline = Instant::now() + DEADLINE;
    loop {
        let all = ann.get(server, "/api/alerts").await?;
        let all = all["alerts"].as_array().cloned().unwrap_or_default();
        if all.iter().all(|alert| alert["standing"] != "waiting") {
            return Ok(());
        }
        check(Instant::now() < deadline, "not armed")?;
        sleep(Duration::from_millis(20)).await;
    }
}

/// Checks that every alert has fired once, and that there is one notification of each.
async fn check_all(ann: &Ann, server: &Server, count: usize) -> TestResult {
    let alerts = ann.get(server, "/api/alerts").await?;
    let alerts = alerts["alerts"].as_array().cloned().unwrap_or_default();
    let fired = alerts.iter().filter(|alert| alert["fired"] == 1);
    check(fired.count() == count, "an alert has not fired, or twice")?;
    let news = ann.get(server, "/api/notifications?limit=200").await?;
    let news = news["notifications"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let news = news.iter().filter(|one| one["topic"] == "alert");
    let mut titles: Vec<_> = news.map(|one| one["title"].to_string()).collect();
    let told = titles.len();
    titles.sort_unstable();
    titles.dedup();
    check(
        (titles.len(), told) == (count, count),
        &format!("{told} notifications of {} alerts", titles.len()),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_while_alerts_fire_loses_none_and_doubles_none() -> TestResult {
    let kraken = Upstream::start(Venue::Kraken, &[("BTC/USD", "84200")]).await?;
    let told = Told::start().await?;
    let mut server = start(tempfile::tempdir()?, &kraken, &told).await?;
    let ann = Ann::begin(&server).await?;
    alter(&server, "UPDATE users SET email_verified = 1")?;
    let hook = json!({ "url": told.hook.url("/"), "topics": ["alert"] });
    let (status, answer) = ann.post(&server, "/api/webhooks", &hook).await?;
    check(status == StatusCode::CREATED, &answer.to_string())?;
    // Killed when the price is there, when the first mail is, and when some calls are.
    for round in 0..3_usize {
        let from = 85_000 + 1_000 * round;
        set(&ann, &server, from).await?;
        let before = told.by_hook().len();
        let price = (from + ALERTS).to_string();
        kraken.set_prices(&[("BTC/USD", &price)]);
        let deadline = Instant::now() + DEADLINE;
        let has_come = async || match round {
            0 => {
                let answer = ann.get(&server, "/api/prices/BTC").await?;
                Ok(answer["prices"]["bitcoin"] == price)
            }
            1 => Ok(told.by_mail().len() > before),
            _ => Ok::<_, Box<dyn std::error::Error>>(told.by_hook().len() > before + ALERTS / 4),
        };
        while !has_come().await? {
            check(Instant::now() < deadline, "the price does not come")?;
        }
        server.child.kill().await?;
        // What it had claimed is somebody else's two minutes later.
        alter(
            &server,
            "UPDATE deliveries SET state_at = state_at - 120000000 WHERE state = 'due'",
        )?;
        server = start(server.folder, &kraken, &told).await?;
        heard(&told, ALERTS * (round + 1)).await?;
        check_all(&ann, &server, ALERTS * (round + 1)).await?;
    }
    for (title, mut numbers) in told.by_mail().into_iter().chain(told.by_hook()) {
        numbers.dedup();
        check(numbers.len() == 1, &format!("{title}: {numbers:?}"))?;
    }
    Ok(())
}
