//! The allow-list that withdrawals go to: what gets onto it, when it counts, who is told.

use crate::auth_support::{Answer, Browser, Outcome, PASSWORD};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Runs each test on both stores.
macro_rules! on_both_stores {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test]
            async fn $test() -> TestResult {
                super::$test(&Desk::start().await?).await
            })+
        }
        mod mongo {
            use super::*;
            $(#[tokio::test]
            async fn $test() -> TestResult {
                let server = MongoServer::shared().await.map_err(|error| error.to_string())?;
                let url = DatabaseUrl::parse(&server.url())?;
                let desk = Desk::start_with(|config| config.database.url = url).await?;
                super::$test(&desk).await
            })+
        }
    };
}

mod care;
mod list;

const LIST: &str = "/api/wallet/addresses";
const BITCOIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
const ETHEREUM: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const SOLANA: &str = "So11111111111111111111111111111111111111112";
const HOUR: Duration = Duration::from_secs(3_600);
const HOLD: Duration = Duration::from_secs(24 * 3_600);
/// No proof is fresh any more.
const STALE: Duration = Duration::from_secs(301);

fn new(network: &str, address: &str, label: &str) -> Value {
    json!({"network": network, "address": address, "label": label})
}

/// Adds an address; what is answered about it.
async fn added(browser: &Browser<'_>, network: &str, address: &str) -> Outcome<Value> {
    let answer = browser.post(LIST, new(network, address, "Mine")).await?;
    let answer = answer.expect_status(StatusCode::CREATED)?;
    Ok(answer.json["address"].clone())
}

async fn listed(browser: &Browser<'_>) -> Outcome<Vec<Value>> {
    let answer = browser.get(LIST).await?.expect_status(StatusCode::OK)?;
    Ok(answer.json["addresses"]
        .as_array()
        .cloned()
        .unwrap_or_default())
}

fn path(address: &Value) -> Outcome<String> {
    Ok(format!("{LIST}/{}", address["id"].as_str().ok_or("no id")?))
}

async fn change(browser: &Browser<'_>, address: &Value, body: Value) -> Outcome<Answer> {
    browser
        .send(Method::PATCH, &path(address)?, Some(body))
        .await
}

async fn delete(browser: &Browser<'_>, address: &Value) -> Outcome<Answer> {
    browser.send(Method::DELETE, &path(address)?, None).await
}

/// Proves afresh who is there, also after a long time.
async fn step_up(browser: &Browser<'_>) -> TestResult {
    let ok = StatusCode::OK;
    browser.call("/api/auth/refresh").await?.expect_status(ok)?;
    let proof = json!({"password": PASSWORD});
    let proved = browser.post("/api/auth/step-up", proof).await?;
    proved.expect_status(ok)?;
    Ok(())
}

fn moment(address: &Value, field: &str) -> Outcome<OffsetDateTime> {
    let text = address[field].as_str().ok_or("no time")?;
    Ok(OffsetDateTime::parse(text, &Rfc3339)?)
}
