//! `ADMIN_EMAIL`: the operator's way to the first administrator, without a command.

use crate::auth_support::token_in;
use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, Running, program, terminate},
};
use reqwest::Response;
use serde_json::{Value, json};
use std::{fs, time::Instant};
use tempfile::TempDir;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const PASSWORD: &str = "correct horse battery staple";

/// Starts a server on what stands in `folder`, for this administrator.
async fn start(folder: TempDir, admin: Option<&str>) -> Outcome<Running> {
    let admin = admin.map(|email| ("ADMIN_EMAIL", email));
    let variables: Vec<_> = OFFLINE.into_iter().chain(admin).collect();
    Running::spawn(program(folder.path(), &variables), folder).await
}

/// Ends a server; what it kept.
async fn stop(mut server: Running) -> Outcome<TempDir> {
    terminate(&server.child).await?;
    server.ended().await?;
    Ok(server.folder)
}

async fn post(server: &Running, path: &str, body: &Value) -> Outcome<Response> {
    services::tls::install();
    let request = reqwest::Client::new().post(server.url(path)).json(body);
    Ok(request.send().await?)
}

async fn register(server: &Running, email: &str) -> TestResult {
    let body = json!({"email": email, "password": PASSWORD, "name": "Somebody"});
    let answer = post(server, "/api/auth/register", &body).await?;
    assert_eq!(answer.status(), 201);
    Ok(())
}

/// The role of an account, as its owner sees it after signing in.
async fn role(server: &Running, email: &str) -> Outcome<Value> {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = post(server, "/api/auth/login", &body).await?;
    assert_eq!(answer.status(), 200, "{email}");
    let answer: Value = answer.json().await?;
    Ok(answer["user"]["role"].clone())
}

/// The token of the link to a page that was sent to somebody.
async fn link(server: &Running, to: &str, page: &str) -> Outcome<String> {
    let mailbox = server.folder.path().join("data/mailbox");
    let deadline = Instant::now() + DEADLINE;
    while Instant::now() < deadline {
        let files = fs::read_dir(&mailbox).into_iter().flatten().flatten();
        // What has another name is still being written.
        let mails = files.map(|file| file.path());
        for mail in mails.filter(|path| path.extension().is_some_and(|it| it == "json")) {
            let mail: Value = serde_json::from_slice(&fs::read(mail)?)?;
            let text = mail["text"].as_str().unwrap_or_default();
            if mail["to"] == to && text.contains(&format!("/auth/{page}?token=")) {
                return token_in(text);
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    Err("no link was sent".into())
}

#[tokio::test]
async fn the_administrator_of_the_settings_gets_a_link_to_set_a_password() -> TestResult {
    let server = start(tempfile::tempdir()?, Some("Root@example.com")).await?;
    let body =
        json!({"token": link(&server, "root@example.com", "reset").await?, "password": PASSWORD});
    let reset = post(&server, "/api/auth/reset-password", &body).await?;
    assert_eq!(reset.status(), 200);
    assert_eq!(role(&server, "root@example.com").await?, "admin");
    register(&server, "ann@example.com").await?;
    assert_eq!(role(&server, "ann@example.com").await?, "user");
    Ok(())
}

/// Shows that an address is its owner's.
async fn verify(server: &Running, email: &str) -> TestResult {
    let body = json!({"token": link(server, email, "verify").await?});
    let answer = post(server, "/api/auth/verify-email", &body).await?;
    assert_eq!(answer.status(), 200);
    Ok(())
}

/// Else whoever registers an administrator's address in time would be one.
#[tokio::test]
async fn a_password_from_before_an_address_was_verified_is_no_administrators() -> TestResult {
    let server = start(tempfile::tempdir()?, None).await?;
    register(&server, "ann@example.com").await?;
    let server = start(stop(server).await?, Some("ann@example.com")).await?;
    let body = json!({"email": "ann@example.com", "password": PASSWORD});
    let refused = post(&server, "/api/auth/login", &body).await?;
    assert_eq!(refused.status(), 401);
    let token = link(&server, "ann@example.com", "reset").await?;
    let body = json!({"token": token, "password": PASSWORD});
    let reset = post(&server, "/api/auth/reset-password", &body).await?;
    assert_eq!(reset.status(), 200);
    assert_eq!(role(&server, "ann@example.com").await?, "admin");
    Ok(())
}

#[tokio::test]
async fn a_verified_account_becomes_administrator_and_keeps_its_password() -> TestResult {
    let server = start(tempfile::tempdir()?, None).await?;
    register(&server, "ann@example.com").await?;
    verify(&server, "ann@example.com").await?;
    assert_eq!(role(&server, "ann@example.com").await?, "user");
    let server = start(stop(server).await?, Some("ann@example.com")).await?;
    assert_eq!(role(&server, "ann@example.com").await?, "admin");
    Ok(())
}

/// Only the first: from then on administrators are made by name.
#[tokio::test]
async fn where_there_is_an_administrator_the_settings_make_no_other() -> TestResult {
    let server = start(tempfile::tempdir()?, None).await?;
    for email in ["ann@example.com", "bob@example.com"] {
        register(&server, email).await?;
        verify(&server, email).await?;
    }
    let server = start(stop(server).await?, Some("ann@example.com")).await?;
    let server = start(stop(server).await?, Some("bob@example.com")).await?;
    assert_eq!(role(&server, "ann@example.com").await?, "admin");
    assert_eq!(role(&server, "bob@example.com").await?, "user");
    let server = start(stop(server).await?, None).await?;
    assert_eq!(role(&server, "ann@example.com").await?, "admin", "for good");
    Ok(())
}
