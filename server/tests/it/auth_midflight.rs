//! The database or the cache goes away while somebody's request is under way.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::proxy::{Fault, Proxy};
use crate::redis_server::RedisServer;
use crate::support::TestResult;
use http::StatusCode;
use serde_json::json;
use services::config::{CacheUrl, DatabaseUrl};
use std::net::Ipv4Addr;

const NEW: &str = "another plum in the violet teapot";

/// A desk whose database is reached through a proxy.
pub(crate) async fn behind(database: &MongoServer) -> Outcome<(Proxy, Desk)> {
    let address = (Ipv4Addr::LOCALHOST, database.port()).into();
    let proxy = Proxy::start(address).await.map_err(|e| e.to_string())?;
    let url = format!("mongodb://{}/desk?directConnection=true", proxy.address());
    let url = DatabaseUrl::parse(&url)?;
    let desk = Desk::start_with(|config| config.database.url = url).await?;
    Ok((proxy, desk))
}

/// Sends a request, and cuts every connection to the database once it has none that answers.
async fn cut_off<T>(proxy: &Proxy, desk: &Desk, request: impl Future<Output = T>) -> Outcome<T> {
    proxy.set(Fault::Stall);
    let cutting = async {
        // What the server answers without its database shows that it has taken the request by now.
        for _ in 0..20 {
            desk.server.get("/health/live").send().await?;
        }
        proxy.set(Fault::Refuse);
        proxy.cut();
        Ok::<_, reqwest::Error>(())
    };
    let (answer, cut) = tokio::join!(request, cutting);
    cut?;
    proxy.set(Fault::None);
    Ok(answer)
}

async fn sessions(browser: &Browser<'_>) -> Outcome<usize> {
    let list = browser.get("/api/auth/sessions").await?;
    let list = list.expect_status(StatusCode::OK)?.json["sessions"].clone();
    Ok(list.as_array().map_or(0, Vec::len))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_without_its_database_lets_nobody_in_and_leaves_nothing() -> TestResult {
    let database = MongoServer::start().await.map_err(|e| e.to_string())?;
    let (proxy, desk) = behind(&database).await?;
    let (ann, other) = (desk.signed_in("Ann").await?, desk.browser());
    let refused = cut_off(&proxy, &desk, other.login("Ann", PASSWORD)).await??;
    check(!refused.signs_in(), "let in")?;
    refused.expect_code(503, "unavailable")?;
    check(other.cookie("access_token").is_none(), "no token")?;
    assert_eq!(sessions(&ann).await?, 1);
    let login = other.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_password_without_its_database_is_whole_or_not_at_all() -> TestResult {
    let database = MongoServer::start().await.map_err(|e| e.to_string())?;
    let (proxy, desk) = behind(&database).await?;
    let (ann, other) = (desk.signed_in("Ann").await?, desk.browser());
    other.login("Ann", PASSWORD).await?;
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    let path = "/api/auth/change-password";
    let refused = cut_off(&proxy, &desk, ann.post(path, change)).await??;
    refused.expect_code(503, "unavailable")?;
    // Old password and old sessions go together, or neither.
    let is_old = desk.browser().login("Ann", PASSWORD).await?.signs_in();
    let is_new = desk.browser().login("Ann", NEW).await?.signs_in();
    check(is_old != is_new, "one of the two")?;
    assert_eq!(other.is_signed_in().await?, is_old);
    check(ann.is_signed_in().await?, "the session that asked stays")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_goes_away_in_mid_flight_costs_nobody_a_request() -> TestResult {
    let cache = RedisServer::start().await.map_err(|e| e.to_string())?;
    let address = (Ipv4Addr::LOCALHOST, cache.port()).into();
    let proxy = Proxy::start(address).await.map_err(|e| e.to_string())?;
    let url = CacheUrl::parse(&format!("redis://{}", proxy.address()))?;
    let desk = Desk::start_with(|config| config.cache.url = url).await?;
    let ann = desk.signed_in("Ann").await?;
    let refreshed = cut_off(&proxy, &desk, ann.call("/api/auth/refresh")).await??;
    refreshed.expect_status(StatusCode::OK)?;
    let login = cut_off(&proxy, &desk, ann.login("Ann", PASSWORD)).await??;
    login.expect_status(StatusCode::OK)?;
    check(ann.is_signed_in().await?, "in")
}
