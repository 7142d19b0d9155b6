//! Webhooks: made and shown, signed, sent, tried again, given up; and where they may not go.

mod addresses;
mod fairness;
pub(crate) mod receiver;
mod rest;
mod secrets;
mod sending;

use crate::alerts::{made as alert, standing};
use crate::auth_support::{Answer, Browser, Desk, Outcome};
use crate::mongo_server::MongoServer;
use crate::support::{DEADLINE, TestResult};
use crate::trading::deposit;
use http::StatusCode;
use receiver::Receiver;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use services::config::{Config, DatabaseUrl};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

const WEBHOOKS: &str = "/api/webhooks";

/// The operator lets webhooks lead to this one address of this machine.
fn allow(config: &mut Config) {
    config.webhooks.allowed_networks = "127.0.0.1/32".parse().into_iter().collect();
}

/// A desk of which this holds, on the embedded database.
async fn allowing() -> Outcome<Desk> {
    Desk::start_with(allow).await
}

/// A database for several, as long as it is held.
async fn mongo() -> Outcome<(Arc<MongoServer>, DatabaseUrl)> {
    let database = MongoServer::shared().await.map_err(|e| e.to_string())?;
    let url = DatabaseUrl::parse(&database.url())?;
    Ok((database, url))
}

/// Each test runs once on each database, on a desk that lets webhooks lead to this machine.
macro_rules! on_both {
    ($($name:ident: $test:ident;)+) => {
        $(mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() -> TestResult {
                $test(super::super::allowing().await?).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn mongo() -> TestResult {
                let (_database, url) = super::super::mongo().await?;
                let desk = crate::auth_support::Desk::start_with(|config| {
                    super::super::allow(config);
                    config.database.url = url;
                });
                $test(desk.await?).await
            }
        })+
    };
}
use on_both;

async fn add(browser: &Browser<'_>, url: &str) -> Outcome<Answer> {
    browser.post(WEBHOOKS, json!({ "url": url })).await
}

/// Makes a webhook of alerts; its id and secret.
async fn hooked(browser: &Browser<'_>, url: &str) -> Outcome<(String, String)> {
    let new = json!({ "url": url, "topics": ["alert"] });
    let made = browser.post(WEBHOOKS, new).await?;
    let made = made.expect_status(StatusCode::CREATED)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok((
        text(&made.json["webhook"]["id"]),
        text(&made.json["secret"]),
    ))
}

/// The only webhook there is, as it stands.
async fn hook(browser: &Browser<'_>) -> Outcome<Value> {
    let list = browser.get(WEBHOOKS).await?.expect_status(StatusCode::OK)?;
    Ok(list.json["webhooks"][0].clone())
}

async fn test(browser: &Browser<'_>, id: &str) -> Outcome<Value> {
    let answer = browser.call(&format!("{WEBHOOKS}/{id}/test")).await?;
    Ok(answer.expect_status(StatusCode::OK)?.json["delivery"].clone())
}

/// What was sent to a webhook.
async fn sent(browser: &Browser<'_>, id: &str) -> Outcome<Vec<Value>> {
    let answer = browser.get(&format!("{WEBHOOKS}/{id}/deliveries")).await?;
    let answer = answer.expect_status(StatusCode::OK)?;
    let sent = answer.json["deliveries"].as_array().cloned();
    Ok(sent.unwrap_or_default())
}

/// Waits until what was sent last stands so.
async fn last(browser: &Browser<'_>, id: &str, is_so: impl Fn(&Value) -> bool) -> Outcome<Value> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let sent = sent(browser, id).await?;
        match sent.first() {
            Some(last) if is_so(last) => return Ok(last.clone()),
            _ if Instant::now() > deadline => return Err(format!("{sent:?}").into()),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Has somebody told of so many alerts at once.
async fn tell(browser: &Browser<'_>, count: u32) -> TestResult {
    let worth = browser.get("/api/portfolio").await?.json["total_value"].clone();
    let worth: Decimal = worth.as_str().unwrap_or("0").parse()?;
    let mut alerts = Vec::new();
    for number in 1..=count {
        let value = worth + Decimal::from(number);
        let value = json!({ "type": "portfolio_above", "value": value.to_string() });
        alerts.push(alert(browser, value).await?);
    }
    // There is less, so that they wait for it.
    for alert in &alerts {
        standing(browser, alert, "armed").await?;
    }
    deposit(browser, "USD", "100").await?;
    for alert in &alerts {
        standing(browser, alert, "done").await?;
    }
    Ok(())
}
