//! Whose webhooks they are, and what is refused.

use super::{Receiver, WEBHOOKS, add, hook, hooked, on_both, sent, test};
use crate::auth_support::{Desk, check, email, program::Program};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

on_both! {
    webhooks_are_made_shown_and_deleted_by_their_owner: own;
    a_secret_is_told_once: once;
    nobody_has_more_than_ten: full;
    a_key_needs_the_scope: scopes;
    what_was_sent_is_read_page_by_page: pages;
}

async fn own(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let new = json!({
        "url": "https://Bot.example/hook", "topics": ["alert", "alert"], "description": " My bot ",
    });
    let made = ann
        .post(WEBHOOKS, new)
        .await?
        .expect_status(StatusCode::CREATED)?;
    let webhook = &made.json["webhook"];
    assert_eq!(webhook["url"], "https://bot.example/hook");
    assert_eq!(webhook["topics"], json!(["alert"]));
    assert_eq!(webhook["description"], "My bot");
    assert_eq!(
        (&webhook["given_up"], &webhook["switched_off_at"]),
        (&json!(0), &json!(null))
    );
    // Whoever has got into an account could listen. Of the address only the host is said.
    let mail = desk.mail(&email("Ann"), "A webhook was set up").await?;
    check(mail.contains("Host: bot.example\n"), &mail)?;
    check(
        !mail.contains("hook?") && mail.contains("If it was not you"),
        &mail,
    )?;
    let second = add(&ann, "https://bot.example:8443/").await?.json;
    let everything = json!(["alert", "fill", "stop", "withdrawal", "sign_in"]);
    assert_eq!(second["webhook"]["topics"], everything);
    let list = ann.get(WEBHOOKS).await?.json;
    assert_eq!(list["webhooks"], json!([second["webhook"], webhook]));
    assert_eq!(bob.get(WEBHOOKS).await?.json["webhooks"], json!([]));

    let one = format!("{WEBHOOKS}/{}", webhook["id"].as_str().unwrap_or_default());
    for (method, path) in [
        (Method::DELETE, one.clone()),
        (Method::POST, format!("{one}/test")),
        (Method::GET, format!("{one}/deliveries")),
        (Method::DELETE, format!("{WEBHOOKS}/none")),
    ] {
        let refused = bob.send(method, &path, None).await?;
        refused.expect_code(404, "not_found")?;
    }
    let export = ann.get("/api/auth/me/export").await?.json;
    assert_eq!(export["webhooks"], list["webhooks"]);
    let deleted = ann.send(Method::DELETE, &one, None).await?;
    deleted.expect_status(StatusCode::OK)?;
    let again = ann.send(Method::DELETE, &one, None).await?;
    again.expect_code(404, "not_found")?;
    assert_eq!(hook(&ann).await?, second["webhook"]);
    let acts = ann.get("/api/auth/me/export").await?.json["activity"].clone();
    let acts = acts.as_array().cloned().unwrap_or_default();
    let of = |action: &str| acts.iter().filter(|act| act["action"] == action).count();
    assert_eq!((of("webhook_made"), of("webhook_deleted")), (2, 1));

    let nobody = desk.browser();
    for (method, path) in [
        (Method::GET, WEBHOOKS.to_owned()),
        (Method::POST, WEBHOOKS.to_owned()),
        (Method::DELETE, one.clone()),
        (Method::POST, format!("{one}/test")),
        (Method::GET, format!("{one}/deliveries")),
    ] {
        let refused = nobody.send(method, &path, None).await?;
        refused.expect_code(401, "unauthenticated")?;
    }
    for (body, field) in [
        (json!({ "url": "ftp://bot.example" }), "url"),
        (json!({ "url": "https://ann:pw@bot.example" }), "url"),
        (
            json!({ "url": "https://bot.example", "topics": [] }),
            "topics",
        ),
        (
            json!({ "url": "https://bot.example", "topics": ["test"] }),
            "topics",
        ),
        (
            json!({ "url": "https://bot.example", "topics": ["moon"] }),
            "topics[0]",
        ),
        (
            json!({ "url": "https://bot.example", "description": "x".repeat(201) }),
            "description",
        ),
        (json!({ "topics": ["alert"] }), "url"),
        (
            json!({ "url": "https://bot.example", "secret": "mine" }),
            "secret",
        ),
    ] {
        let refused = ann.post(WEBHOOKS, body.clone()).await?;
        refused
            .expect_field(field)
            .map_err(|error| format!("{body}: {error}"))?;
    }
    Ok(())
}

async fn once(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&[]).await?;
    let (id, secret) = hooked(&ann, &receiver.url("/hook")).await?;
    check(secret.len() >= 43, "256 bits")?;
    test(&ann, &id).await?;
    for path in [
        WEBHOOKS.to_owned(),
        format!("{WEBHOOKS}/{id}/deliveries"),
        "/api/auth/me/export".to_owned(),
        "/settings/webhooks".to_owned(),
        format!("/settings/webhooks?log={id}"),
    ] {
        let answer = ann.get(&path).await?.expect_status(StatusCode::OK)?;
        check(!answer.text.contains(&secret), &path)?;
    }
    let stored = desk.stored_bytes()?;
    let found = stored
        .windows(secret.len())
        .any(|bytes| bytes == secret.as_bytes());
    check(!found, "it lies nowhere as it is")
}

async fn full(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    for number in 0..10 {
        let made = add(&ann, &format!("https://bot.example/{number}")).await?;
        made.expect_status(StatusCode::CREATED)?;
    }
    let refused = add(&ann, "https://bot.example/10").await?;
    refused.expect_code(409, "conflict")?;
    // Another one has room.
    let bob = desk.signed_in("Bob").await?;
    add(&bob, "https://bot.example/")
        .await?
        .expect_status(StatusCode::CREATED)?;
    Ok(())
}

async fn scopes(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let reader = Program::with_key(&ann, &["read"], json!({})).await?;
    let trader = Program::with_key(&ann, &["trade"], json!({})).await?;
    let body = json!({ "url": "https://bot.example/" });
    let made = trader
        .ask(&desk, Method::POST, WEBHOOKS, Some(&body))
        .await?;
    let made = made.expect_status(StatusCode::CREATED)?.json;
    let one = format!(
        "{WEBHOOKS}/{}",
        made["webhook"]["id"].as_str().unwrap_or_default()
    );
    let (log, test) = (format!("{one}/deliveries"), format!("{one}/test"));
    for (method, path, body) in [
        (Method::POST, WEBHOOKS, Some(&body)),
        (Method::POST, &test, None),
        (Method::DELETE, &one, None),
    ] {
        let refused = reader.ask(&desk, method, path, body).await?;
        refused.expect_code(403, "forbidden")?;
    }
    for path in [WEBHOOKS, &log] {
        let read = reader.ask(&desk, Method::GET, path, None).await?;
        read.expect_status(StatusCode::OK)?;
        let refused = trader.ask(&desk, Method::GET, path, None).await?;
        refused.expect_code(403, "forbidden")?;
    }
    desk.clock.advance(Duration::from_secs(1));
    let deleted = trader.ask(&desk, Method::DELETE, &one, None).await?;
    deleted.expect_status(StatusCode::OK)?;
    Ok(())
}

async fn pages(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&[]).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    for _ in 0..10 {
        test(&ann, &id).await?;
    }
    // Nobody has another server asked without end.
    let refused = ann.call(&format!("{WEBHOOKS}/{id}/test")).await?;
    refused.expect_code(429, "rate_limited")?;
    assert_eq!(receiver.seen().len(), 10);
    let all = sent(&ann, &id).await?;
    assert_eq!(all.len(), 10);
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{WEBHOOKS}/{id}/deliveries?limit=4{cursor}");
        let page = ann.get(&path).await?.expect_status(StatusCode::OK)?.json;
        read.extend(page["deliveries"].as_array().cloned().unwrap_or_default());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(read, all);
    let nonsense = format!("{WEBHOOKS}/{id}/deliveries?cursor=moon");
    ann.get(&nonsense).await?.expect_field("cursor")?;
    Ok(())
}
