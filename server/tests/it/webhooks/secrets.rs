//! What nobody else learns: the secret of a webhook, and where it leads.

use super::{Receiver, allow, hooked, receiver::Seen, test};
use crate::auth_support::{Desk, Outcome, PASSWORD, check, signer};
use crate::support::{
    TestResult,
    program::{Running, terminate},
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use services::config::Secret;

/// What the signature of a request must be.
fn signature(secret: &str, seen: &Seen) -> Outcome<String> {
    let timestamp = seen.header("x-timestamp").as_bytes();
    let parts = [timestamp, b".".as_slice(), seen.body.as_bytes()];
    let mac = signer::hmac_sha256(secret.as_bytes(), &parts)?;
    Ok(format!("sha256={}", signer::hex(&mac)))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_of_the_servers_secret_messages_are_signed_as_before() -> TestResult {
    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    let old = Desk::start_with(|config| {
        allow(config);
        config.auth.jwt_secret = Some(Secret::new(OLD));
    });
    let old = old.await?;
    let ann = old.signed_in("Ann").await?;
    let receiver = Receiver::start(&[]).await?;
    let (id, secret) = hooked(&ann, &receiver.url("/")).await?;
    for previous in [Some(OLD), None] {
        let desk = Desk::start_with(|config| {
            allow(config);
            config.database.url = old.database.clone();
            config.auth.jwt_secret = Some(Secret::new(NEW));
            config.auth.jwt_secret_previous = previous.map(Secret::new);
        });
        let desk = desk.await?;
        let ann = desk.browser();
        ann.login("Ann", PASSWORD)
            .await?
            .expect_status(StatusCode::OK)?;
        assert_eq!(test(&ann, &id).await?["status"], "delivered");
        let seen = receiver.seen();
        let last = seen.last().ok_or("it got nothing")?;
        assert_eq!(last.header("x-signature"), signature(&secret, last)?);
        desk.server.stop().await?;
    }
    Ok(())
}

/// Sends a request to the program, as somebody with these cookies.
async fn send(
    program: &Running,
    path: &str,
    cookies: &str,
    body: Value,
) -> Outcome<reqwest::Response> {
    services::tls::install();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = client
        .post(program.url(path))
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookies)
        .json(&body);
    Ok(request.send().await?)
}

/// A proxy of the environment would connect in our place, and whatever is logged is read by others.
#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_is_asked_and_nothing_secret_is_logged() -> TestResult {
    let (proxy, receiver) = (Receiver::start(&[]).await?, Receiver::start(&[]).await?);
    let through = proxy.url("");
    let variables = [
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/32"),
        ("LOG_LEVEL", "debug"),
        ("HTTP_PROXY", &through),
        ("http_proxy", &through),
        ("ALL_PROXY", &through),
    ];
    let mut program = Running::start(|_| Ok(()), &variables).await?;
    let ann = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
    let joined = send(&program, "/api/auth/register", "", ann).await?;
    assert_eq!(joined.status(), StatusCode::CREATED);
    let cookies = joined.headers().get_all(header::SET_COOKIE).iter();
    let cookies = cookies.filter_map(|line| line.to_str().ok()?.split(';').next());
    let cookies: Vec<_> = cookies.map(str::to_owned).collect();
    let cookies = cookies.join("; ");
    let url = json!({ "url": receiver.url("/password-in-a-path") });
    let made: Value = send(&program, "/api/webhooks", &cookies, url)
        .await?
        .json()
        .await?;
    let secret = made["secret"].as_str().ok_or("no secret")?;
    let id = made["webhook"]["id"].as_str().ok_or("no id")?;
    let path = format!("/api/webhooks/{id}/test");
    let came: Value = send(&program, &path, &cookies, json!(null))
        .await?
        .json()
        .await?;
    assert_eq!(came["delivery"]["status"], "delivered", "{came}");
    assert_eq!((receiver.seen().len(), proxy.seen().len()), (1, 0));
    let seen = receiver.got(1).await?.remove(0);
    assert_eq!(seen.header("x-signature"), signature(secret, &seen)?);
    terminate(&program.child).await?;
    program.ended().await?;
    let said = [program.before.clone(), program.said().await?]
        .concat()
        .join("\n");
    check(said.contains("/api/webhooks"), "requests are logged")?;
    for word in [secret, "password-in-a-path", seen.header("x-signature")] {
        check(!said.contains(word), word)?;
    }
    Ok(())
}
