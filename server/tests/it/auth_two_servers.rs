//! Two servers on one MongoDB and one Redis: to a visitor they are one.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::mongo_server::MongoServer;
use crate::redis_server::RedisServer;
use crate::support::TestResult;
use http::{Method, StatusCode};
use services::{
    auth::audit::verify,
    clock::Clock,
    config::{CacheUrl, Config, DatabaseUrl, Secret},
};
use std::time::Duration;

const WRONG: &str = "another fine day for a walk";

/// What two servers share.
struct Site {
    one: Desk,
    other: Desk,
    database: MongoServer,
    _cache: RedisServer,
}

impl Site {
    async fn open(change: impl Fn(&mut Config)) -> Outcome<Self> {
        let database = MongoServer::start()
            .await
            .map_err(|error| error.to_string())?;
        let cache = RedisServer::start()
            .await
            .map_err(|error| error.to_string())?;
        let (database_url, cache_url, clock) = (database.url(), cache.url(), Clock::manual());
        let start = || async {
            let (database, cache) = (
                DatabaseUrl::parse(&database_url)?,
                CacheUrl::parse(&cache_url)?,
            );
            Desk::start_with(|config| {
                config.database.url = database;
                config.cache.url = cache;
                config.clock = clock.clone();
                config.auth.jwt_secret = Some(Secret::new("one secret for both of the servers"));
                change(config);
            })
            .await
        };
        Ok(Self {
            one: start().await?,
            other: start().await?,
            database,
            _cache: cache,
        })
    }
}

/// The same browser at another server.
fn moved<'a>(browser: &Browser<'_>, to: &'a Desk) -> Browser<'a> {
    let moved = to.browser();
    for name in ["access_token", "refresh_token", "device_id"] {
        if let Some(value) = browser.cookie(name) {
            moved.set_cookie(name, &value);
        }
    }
    moved
}

#[tokio::test]
async fn a_session_of_one_server_counts_on_the_other_and_ends_on_both_at_once() -> TestResult {
    let site = Site::open(|_| {}).await?;
    let here = site.one.signed_in("Ann").await?;
    let there = moved(&here, &site.other);
    check(there.is_signed_in().await?, "on the other server")?;
    there
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    let back = moved(&there, &site.one);
    check(back.is_signed_in().await?, "and back")?;
    back.call("/api/auth/logout")
        .await?
        .expect_status(StatusCode::OK)?;
    check(
        !there.is_signed_in().await? && !here.is_signed_in().await?,
        "out on both",
    )?;
    let refreshed = there.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn a_token_given_back_on_one_server_is_refused_on_the_other_by_the_caches_copy() -> TestResult
{
    let mut site = Site::open(|_| {}).await?;
    let here = site.one.signed_in("Ann").await?;
    let (there, phone) = (moved(&here, &site.other), site.other.browser());
    let login = phone.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    let out = here.call("/api/auth/logout").await?;
    out.expect_status(StatusCode::OK)?;
    // Only the database can say that a token counts. That it does not is known without it.
    site.database.kill().map_err(|error| error.to_string())?;
    let over = there.get("/api/auth/me").await?;
    over.expect_code(401, "unauthenticated")?;
    let unknown = phone.get("/api/auth/me").await?;
    unknown.expect_code(503, "unavailable")?;
    Ok(())
}

#[tokio::test]
async fn one_refresh_token_at_both_servers_gives_one_successor() -> TestResult {
    let site = Site::open(|_| {}).await?;
    let here = site.one.signed_in("Ann").await?;
    let there = moved(&here, &site.other);
    let path = "/api/auth/refresh";
    let (one, other) = tokio::try_join!(here.call(path), there.call(path))?;
    one.expect_status(StatusCode::OK)?;
    other.expect_status(StatusCode::OK)?;
    assert_eq!(here.cookie("refresh_token"), there.cookie("refresh_token"));
    check(
        here.is_signed_in().await? && there.is_signed_in().await?,
        "both",
    )
}

#[tokio::test]
async fn a_new_password_on_one_server_ends_the_sessions_on_the_other() -> TestResult {
    let site = Site::open(|_| {}).await?;
    let here = site.one.signed_in("Ann").await?;
    let phone = site.other.browser();
    phone
        .login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    let body = serde_json::json!({"current_password": PASSWORD, "new_password": WRONG});
    here.post("/api/auth/change-password", body)
        .await?
        .expect_status(StatusCode::OK)?;
    check(!phone.is_signed_in().await?, "the phone is out")?;
    check(
        moved(&here, &site.other).is_signed_in().await?,
        "this one stays in",
    )
}

#[tokio::test]
async fn failures_and_waits_are_counted_together() -> TestResult {
    let site = Site::open(|_| {}).await?;
    let _ann = site.one.signed_in("Ann").await?;
    for number in 0..5 {
        let desk = if number % 2 == 0 {
            &site.one
        } else {
            &site.other
        };
        let wrong = desk.browser().login("Ann", WRONG).await?;
        wrong.expect_code(401, "invalid_credentials")?;
    }
    for desk in [&site.one, &site.other] {
        let early = desk.browser().login("Ann", PASSWORD).await?;
        early.expect_code(429, "rate_limited")?;
    }
    site.one.clock.advance(Duration::from_secs(5));
    let login = site.other.browser().login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn requests_are_counted_together() -> TestResult {
    let site = Site::open(|config| config.limits.auth_per_minute = 4).await?;
    for desk in [&site.one, &site.other, &site.one, &site.other] {
        let wrong = desk.browser().login("Ann", WRONG).await?;
        wrong.expect_code(401, "invalid_credentials")?;
    }
    for desk in [&site.one, &site.other] {
        let over = desk.browser().login("Ann", WRONG).await?;
        over.expect_code(429, "rate_limited")?;
    }
    let me = site
        .one
        .browser()
        .send(Method::GET, "/api/auth/me", None)
        .await?;
    me.expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn the_audit_log_of_both_is_one_chain() -> TestResult {
    let site = Site::open(|_| {}).await?;
    let _ann = site.one.signed_in("Ann").await?;
    let names: Vec<String> = (0..12).map(|number| format!("nobody{number}")).collect();
    let desks = [&site.one, &site.other];
    let browsers: Vec<_> = desks
        .iter()
        .flat_map(|desk| (0..6).map(|_| desk.browser()))
        .collect();
    let logins = browsers
        .iter()
        .zip(&names)
        .map(|(browser, name)| browser.login(name, WRONG));
    for answer in futures_util::future::try_join_all(logins).await? {
        answer.expect_code(401, "invalid_credentials")?;
    }
    let store = site.one.store().await?;
    for desk in desks {
        let whole = verify(store.audit.as_ref(), &desk.data_dir).await?;
        check(whole.records >= 13 && whole.anchored, &format!("{whole:?}"))?;
    }
    Ok(())
}
