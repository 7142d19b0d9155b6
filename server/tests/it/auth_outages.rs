//! The database or the cache is gone while somebody is being checked.

use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check, program::Program};
use crate::mongo_server::MongoServer;
use crate::redis_server::RedisServer;
use crate::support::TestResult;
use http::{StatusCode, header};
use serde_json::{Value, json};
use services::config::{CacheUrl, DatabaseUrl};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn cookie(browser: &Browser<'_>, name: &str) -> Outcome<String> {
    Ok(browser.cookie(name).ok_or_else(|| format!("no {name}"))?)
}

/// Whether these tokens, in a browser of their own, let anybody in.
async fn lets_in(desk: &Desk, access: &str) -> Outcome<bool> {
    let thief = desk.browser();
    thief.set_cookie("access_token", access);
    thief.is_signed_in().await
}

#[tokio::test]
async fn nobody_is_let_in_while_the_database_can_not_be_asked() -> TestResult {
    let mut database = MongoServer::start()
        .await
        .map_err(|error| error.to_string())?;
    let url = DatabaseUrl::parse(&database.url())?;
    let desk = Desk::start_with(|config| config.database.url = url).await?;
    let ann = desk.signed_in("Ann").await?;
    database.kill().map_err(|error| error.to_string())?;
    let patient = desk.server.client.get(desk.server.url("/api/auth/me"));
    let cookies = format!("access_token={}", cookie(&ann, "access_token")?);
    let patient = patient.header(header::COOKIE, cookies).timeout(2 * MINUTE);
    let answer = patient.send().await?;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let error: Value = answer.json().await?;
    assert_eq!(error["code"], "unavailable");
    check(
        !error.to_string().contains("mongodb"),
        "nothing about our insides",
    )?;
    let ready = desk.server.client.get(desk.server.url("/health/ready"));
    let answer = ready.timeout(MINUTE).send().await?;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let parts: Value = answer.json().await?;
    assert_eq!(parts["parts"]["database"], "does not answer", "{parts}");
    Ok(())
}

/// The log takes nothing any more, and everything else works.
const NO_LOG: &str = "CREATE TRIGGER no_log BEFORE INSERT ON audit \
    BEGIN SELECT RAISE(ABORT, 'on purpose'); END";

#[tokio::test]
async fn nothing_shown_once_is_lost_with_the_audit_log() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let database = desk.sqlite()?;
    let refused = async |path: &str, body: Value| {
        let answer = ann.post(path, body).await?;
        answer.expect_code(503, "unavailable")
    };
    let log_is_back = || database.execute("DROP TRIGGER no_log", []);
    let setup = ann.call("/api/auth/2fa/setup").await?;
    let secret = setup.json["secret"].as_str().ok_or("no secret")?.to_owned();
    let enable = "/api/auth/2fa/enable";
    let code = json!({"code": desk.code(&secret, 0)?});
    let (keys, key) = (
        "/api/auth/api-keys",
        json!({"name": "bot", "scopes": ["read"]}),
    );

    database.execute(NO_LOG, [])?;
    refused(keys, key).await?;
    refused(enable, code.clone()).await?;
    log_is_back()?;
    let made = ann.get(keys).await?;
    assert_eq!(made.json, json!({"api_keys": []}));
    let enabled = ann
        .post(enable, code)
        .await?
        .expect_status(StatusCode::OK)?;
    let codes: Vec<String> = serde_json::from_value(enabled.json["recovery_codes"].clone())?;

    database.execute(NO_LOG, [])?;
    refused("/api/auth/2fa/recovery-codes", json!({})).await?;
    log_is_back()?;
    let door = desk.browser();
    let token = door.first_step("Ann", PASSWORD).await?;
    door.second_step(&token, &codes[0])
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn sessions_are_judged_rightly_while_the_cache_is_gone() -> TestResult {
    let mut cache = RedisServer::start()
        .await
        .map_err(|error| error.to_string())?;
    let url = CacheUrl::parse(&cache.url())?;
    let desk = Desk::start_with(|config| config.cache.url = url).await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let stolen = cookie(&bob, "access_token")?;
    bob.call("/api/auth/logout")
        .await?
        .expect_status(StatusCode::OK)?;
    cache.kill().map_err(|error| error.to_string())?;
    check(ann.is_signed_in().await?, "who is in stays in")?;
    check(!lets_in(&desk, &stolen).await?, "who is out stays out")?;
    ann.call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    let token = cookie(&ann, "access_token")?;
    ann.call("/api/auth/logout")
        .await?
        .expect_status(StatusCode::OK)?;
    check(
        !lets_in(&desk, &token).await?,
        "logging out counts without a cache",
    )?;
    // Nobody is locked out meanwhile, and guessing gets slower all the same.
    let login = desk.browser().login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK)?;
    for _ in 0..5 {
        let wrong = desk.browser().login("Ann", "not the password").await?;
        wrong.expect_code(401, "invalid_credentials")?;
    }
    let early = desk.browser().login("Ann", PASSWORD).await?;
    early.expect_code(429, "rate_limited")?;
    Ok(())
}

#[tokio::test]
async fn no_program_is_let_in_while_nobody_can_tell_whether_its_request_came_before() -> TestResult
{
    let mut cache = RedisServer::start()
        .await
        .map_err(|error| error.to_string())?;
    let url = CacheUrl::parse(&cache.url())?;
    let desk = Desk::start_with(|config| config.cache.url = url).await?;
    let ann = desk.signed_in("Ann").await?;
    let program = Program::with_key(&ann, &["read"], json!({})).await?;
    let me = "/api/auth/me";
    program
        .get(&desk, me, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    cache.kill().map_err(|error| error.to_string())?;
    let refused = program.get(&desk, me, 1).await?;
    let refused = refused.expect_code(503, "unavailable")?;
    check(!refused.text.contains("redis"), "nothing about our insides")?;
    // A wrong signature is none also now.
    let forger = Program {
        secret: "not the secret".to_owned(),
        ..program
    };
    let wrong = forger.get(&desk, me, 2).await?;
    wrong.expect_code(401, "unauthenticated")?;
    Ok(())
}
