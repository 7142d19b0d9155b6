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
use domain::account::Email;
use http::StatusCode;
use serde_json::{Value, json};
use services::{
    config::DatabaseUrl,
    store::{self, Claim, Lane, Store, UserRecord},
};
use std::{collections::BTreeMap, time::Duration};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

/// Alerts that one price crosses.
const ALERTS: usize = 40;

/// What outlives the server.
struct Desk {
    kraken: Upstream,
    told: Told,
}

/// A mail server and a program, which are told.
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

impl Desk {
    async fn open() -> Outcome<Self> {
        Ok(Self {
            kraken: Upstream::start(Venue::Kraken, &[("BTC/USD", "84200")]).await?,
            told: Told::start().await?,
        })
    }

    async fn start(&self, folder: TempDir) -> Outcome<Server> {
        let (feed, mails) = (self.kraken.url(), self.told.mails.url());
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

    /// The database beside the program.
    async fn store(&self, server: &Server) -> Outcome<Store> {
        let own = server.folder.path().join("data/vault.db");
        let own = format!("sqlite://{}", own.display());
        let url = DatabaseUrl::parse(&own)?;
        Ok(store::open(&url).await?)
    }

    /// Starts it again after it was killed: what it had claimed is somebody else's two minutes later, and
    /// these are over.
    async fn start_again(&self, server: Server) -> Outcome<Server> {
        let store = self.store(&server).await?;
        let now = OffsetDateTime::now_utc();
        for lane in Lane::ALL {
            let claim = Claim {
                lane,
                except: Vec::new(),
                now: now + time::Duration::minutes(3),
                until: now - time::Duration::seconds(1),
                limit: 1000,
            };
            store.notifications.claim(&claim).await?;
        }
        store.database.close().await;
        self.start(server.folder).await
    }

    /// As if the silence of all alerts were over.
    async fn pass_silence(&self, server: &Server) -> TestResult {
        let store = self.store(server).await?;
        let ann = ann_of(&store).await?;
        for mut record in store.alerts.of_user(ann.id).await? {
            let told = record.alert.fired_at;
            record.alert.fired_at = told.map(|at| at - time::Duration::minutes(2));
            store.alerts.update(&record).await?;
        }
        store.database.close().await;
        Ok(())
    }
}

async fn ann_of(store: &Store) -> Outcome<UserRecord> {
    let email = Email::parse("ann@example.com")?;
    let ann = store.users.by_email(&email).await?;
    Ok(ann.ok_or("she is not there")?)
}

/// Sets alerts at so many prices above this one, every other of which repeats, and waits until they are
/// armed.
async fn set(ann: &Ann, server: &Server, from: usize) -> TestResult {
    for price in from..from + ALERTS {
        let mut alert =
            json!({ "type": "price_above", "coin": "bitcoin", "price": price.to_string() });
        if price % 2 == 0 {
            alert["cooldown"] = json!(60);
        }
        let (status, answer) = ann.post(server, "/api/alerts", &alert).await?;
        check(status == StatusCode::CREATED, &answer.to_string())?;
    }
    until_all(ann, server, |alert| {
        alert["fired"] != 0 || alert["standing"] == "armed"
    })
    .await
}

async fn alerts(ann: &Ann, server: &Server) -> Outcome<Vec<Value>> {
    let all = ann.get(server, "/api/alerts").await?;
    Ok(all["alerts"].as_array().cloned().unwrap_or_default())
}

/// Waits until this holds of all alerts.
async fn until_all(ann: &Ann, server: &Server, holds: impl Fn(&Value) -> bool) -> TestResult {
    let deadline = Instant::now() + DEADLINE;
    while let Some(other) = alerts(ann, server).await?.iter().find(|one| !holds(one)) {
        check(Instant::now() < deadline, &other.to_string())?;
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// How often each of them was told on the page.
async fn on_the_page(ann: &Ann, server: &Server) -> Outcome<BTreeMap<String, usize>> {
    let news = ann.get(server, "/api/notifications?limit=200").await?;
    let news = news["notifications"].as_array().cloned();
    let mut told = BTreeMap::new();
    for one in news.unwrap_or_default() {
        if one["topic"] == "alert" {
            let title = one["title"].as_str().unwrap_or_default().to_owned();
            *told.entry(title).or_insert(0) += 1;
        }
    }
    Ok(told)
}

/// Checks that every alert has fired once, and that there is one notification of each.
async fn check_all(ann: &Ann, server: &Server, count: usize) -> TestResult {
    let alerts = alerts(ann, server).await?;
    let fired = alerts.iter().filter(|alert| alert["fired"] == 1);
    check(fired.count() == count, "an alert has not fired, or twice")?;
    let told = on_the_page(ann, server).await?;
    let text = format!("of {count} alerts: {told:?}");
    check(
        told.len() == count && told.values().all(|times| *times == 1),
        &text,
    )
}

/// Waits until a price is there.
async fn priced(ann: &Ann, server: &Server, price: &str) -> TestResult {
    let deadline = Instant::now() + DEADLINE;
    while ann.get(server, "/api/prices/BTC").await?["prices"]["bitcoin"] != price {
        check(Instant::now() < deadline, "the price does not come")?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_while_alerts_fire_loses_none_and_doubles_none() -> TestResult {
    let desk = Desk::open().await?;
    let (kraken, told) = (&desk.kraken, &desk.told);
    let mut server = desk.start(tempfile::tempdir()?).await?;
    let ann = Ann::begin(&server).await?;
    let store = desk.store(&server).await?;
    let mut record = ann_of(&store).await?;
    record.email_verified = true;
    store.users.update(&record).await?;
    store.database.close().await;
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
            0 => priced(&ann, &server, &price).await.map(|()| true),
            1 => Ok(told.by_mail().len() > before),
            _ => Ok::<_, Box<dyn std::error::Error>>(told.by_hook().len() > before + ALERTS / 4),
        };
        while !has_come().await? {
            check(Instant::now() < deadline, "nothing comes of the price")?;
        }
        server.child.kill().await?;
        server = desk.start_again(server).await?;
        heard(told, ALERTS * (round + 1)).await?;
        check_all(&ann, &server, ALERTS * (round + 1)).await?;
    }
    for (title, mut numbers) in told.by_mail().into_iter().chain(told.by_hook()) {
        numbers.dedup();
        check(numbers.len() == 1, &format!("{title}: {numbers:?}"))?;
    }
    fall_and_rise(&desk, &ann, server).await
}

/// Alerts that repeat are told once more when the price has fallen and risen again, and the program is killed
/// at either.
async fn fall_and_rise(desk: &Desk, ann: &Ann, mut server: Server) -> TestResult {
    server.child.kill().await?;
    desk.pass_silence(&server).await?;
    server = desk.start_again(server).await?;
    desk.kraken.set_prices(&[("BTC/USD", "84900")]);
    priced(ann, &server, "84900").await?;
    server.child.kill().await?;
    server = desk.start_again(server).await?;
    until_all(ann, &server, |alert| {
        let is_over = alert["cooldown"].is_null();
        alert["standing"] == if is_over { "done" } else { "armed" }
    })
    .await?;
    desk.kraken.set_prices(&[("BTC/USD", "88000")]);
    priced(ann, &server, "88000").await?;
    server.child.kill().await?;
    server = desk.start_again(server).await?;
    let times = |alert: &Value| if alert["cooldown"].is_null() { 1 } else { 2 };
    until_all(ann, &server, |alert| alert["fired"] == times(alert)).await?;
    let told = on_the_page(ann, &server).await?;
    let twice = told.values().filter(|times| **times == 2).count();
    let once = told.values().filter(|times| **times == 1).count();
    let each = ALERTS * 3 / 2;
    check((once, twice) == (each, each), &format!("{told:?}"))
}
