//! What a receiver gets, and what comes of its answers.

use super::{
    Receiver, WEBHOOKS, allow, allowing, hook, hooked, last, mongo, on_both,
    receiver::{Reply, Seen},
    sent, tell, test,
};
use crate::alerts::told;
use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check, email};
use crate::support::{DEADLINE, TestResult};
use http::StatusCode;
use serde_json::{Value, json};
use services::{
    clock::Clock,
    config::{Config, DatabaseUrl, Secret},
};
use std::{collections::BTreeSet, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{process::Command, time::Instant};

on_both! {
    what_somebody_is_told_is_posted_and_signed: post;
    what_fails_is_tried_again_until_it_arrives: again;
    a_receiver_that_is_gone_is_switched_off_until_a_test_arrives: gone;
}

/// Of servers that follow one another, or stand side by side.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The page's own example, run by Python.
async fn is_genuine(page: &str, secret: &str, seen: &Seen) -> Outcome<bool> {
    let (_, code) = page
        .split_once("<pre data-testid=\"verify\"")
        .ok_or("no example")?;
    let (_, code) = code.split_once('>').ok_or("no example")?;
    let (code, _) = code.split_once("</pre>").ok_or("no end")?;
    let code = code
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        // Between two parts of a page.
        .replace("<!>", "");
    let headers = json!({
        "X-Timestamp": seen.header("x-timestamp"),
        "X-Signature": seen.header("x-signature"),
    });
    let code = format!(
        "{}\nimport json, sys\nsecret, headers, body = sys.argv[1:]\n\
         print(is_genuine(secret, json.loads(headers), body.encode()))",
        code.replace("&amp;", "&")
    );
    let (headers, body) = (headers.to_string(), &*seen.body);
    let mut python = Command::new("python3");
    let said = python
        .args(["-c", &code, secret, &headers, body])
        .output()
        .await?;
    match String::from_utf8_lossy(&said.stdout).trim() {
        "True" => Ok(true),
        "False" => Ok(false),
        _ => Err(String::from_utf8_lossy(&said.stderr).into_owned().into()),
    }
}

async fn post(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&[]).await?;
    let (id, secret) = hooked(&ann, &receiver.url("/hook?key=1")).await?;
    tell(&ann, 1).await?;
    let seen = receiver.got(1).await?.remove(0);
    let notification = told(&ann, 1).await?.remove(0);
    let body = seen.json();
    assert_eq!(body["id"], notification["id"]);
    assert_eq!(
        (&body["type"], &body["title"]),
        (&json!("alert"), &notification["title"])
    );
    assert_eq!(body["text"], notification["text"]);
    assert_eq!(body["created_at"], notification["created_at"]);
    assert_eq!(body["link"], "http://127.0.0.1/dashboard");
    assert_eq!(seen.path, "/hook");
    assert_eq!(seen.header("content-type"), "application/json");
    check(
        seen.header("user-agent").starts_with("cryptovault/"),
        seen.header("user-agent"),
    )?;
    let delivered = last(&ann, &id, |sent| sent["status"] == "delivered").await?;
    assert_eq!(delivered["id"], seen.header("x-delivery-id"));
    assert_eq!(
        (&delivered["tries"], &delivered["http_status"]),
        (&json!(1), &json!(200))
    );

    let page = ann.follow("/settings/webhooks").await?.text;
    check(is_genuine(&page, &secret, &seen).await?, "it is signed")?;
    let other = Seen {
        body: seen.body.replace("alert", "other"),
        ..seen.clone()
    };
    check(
        !is_genuine(&page, &secret, &other).await?,
        "another body is not",
    )?;
    check(
        !is_genuine(&page, "other", &seen).await?,
        "another secret is not",
    )?;
    let mut old = seen.clone();
    old.headers.insert("x-timestamp", "1700000000".parse()?);
    check(
        !is_genuine(&page, &secret, &old).await?,
        "another time is not",
    )
}

/// Seconds from now until something is tried again.
fn wait(sent: &Value, desk: &Desk) -> Option<i64> {
    let at = OffsetDateTime::parse(sent["next_try_at"].as_str()?, &Rfc3339).ok()?;
    Some((at - desk.clock.now()).whole_seconds())
}

/// Waits for a try that failed, and goes on to the next one; how many seconds that takes.
async fn next_try(desk: &Desk, ann: &Browser<'_>, id: &str, tries: u32) -> Outcome<i64> {
    // While it is tried it is somebody's for two minutes; none of the waits is as long.
    let is_over = |sent: &Value| {
        let is_claimed = wait(sent, desk) == Some(120);
        sent["tries"] == tries && !sent["error"].is_null() && !is_claimed
    };
    let failed = last(ann, id, is_over).await?;
    let wait = wait(&failed, desk).ok_or("it is not tried again")?;
    desk.clock
        .advance(Duration::from_secs(u64::try_from(wait)?));
    // The clock goes further than a token lives.
    let refreshed = ann.call("/api/auth/refresh").await?;
    refreshed.expect_status(StatusCode::OK)?;
    Ok(wait)
}

async fn again(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let script = [Reply::Status(500), Reply::Status(404), Reply::Status(204)];
    let receiver = Receiver::start(&script).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    tell(&ann, 1).await?;
    let mut waits = Vec::new();
    for tries in 1..=2 {
        receiver.got(tries).await?;
        waits.push(next_try(&desk, &ann, &id, u32::try_from(tries)?).await?);
    }
    assert_eq!(waits, [15, 60]);
    let arrived = last(&ann, &id, |sent| sent["status"] == "delivered").await?;
    assert_eq!(
        (&arrived["tries"], &arrived["http_status"]),
        (&json!(3), &json!(204))
    );
    assert_eq!(
        (&arrived["error"], &arrived["next_try_at"]),
        (&json!(null), &json!(null))
    );
    let seen = receiver.seen();
    let ids: BTreeSet<_> = seen.iter().map(|one| one.header("x-delivery-id")).collect();
    assert_eq!(
        (seen.len(), ids.len()),
        (3, 1),
        "every try is the same message"
    );
    let stamps: BTreeSet<_> = seen.iter().map(|one| one.header("x-timestamp")).collect();
    assert_eq!(stamps.len(), 3, "signed anew each time");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_a_message_is_given_up() -> TestResult {
    let desk = allowing().await?;
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&vec![Reply::Status(503); 20]).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    tell(&ann, 1).await?;
    let mut waits = Vec::new();
    for tries in 1..=9 {
        waits.push(next_try(&desk, &ann, &id, tries).await?);
    }
    assert_eq!(waits, [15, 60, 300, 900, 3600, 7200, 14400, 28800, 28800]);
    let over = last(&ann, &id, |sent| sent["status"] == "given_up").await?;
    assert_eq!(
        (&over["tries"], &over["error"]),
        (&json!(10), &json!("the receiver answered 503"))
    );
    let webhook = hook(&ann).await?;
    assert_eq!(
        (&webhook["given_up"], &webhook["switched_off_at"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(receiver.seen().len(), 10);
    Ok(())
}

async fn gone(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    // Five times gone, and once more to the test.
    let receiver = Receiver::start(&vec![Reply::Status(410); 6]).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    tell(&ann, 5).await?;
    receiver.got(5).await?;
    let deadline = Instant::now() + DEADLINE;
    while hook(&ann).await?["switched_off_at"].is_null() {
        check(Instant::now() < deadline, "five are enough")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let page = ann.follow("/settings/webhooks").await?.text;
    check(page.contains("Switched off"), "its owner is told")?;
    // Nothing more is even tried.
    tell(&ann, 1).await?;
    assert_eq!(told(&ann, 6).await?.len(), 6);
    assert_eq!(sent(&ann, &id).await?.len(), 5);
    let failed = test(&ann, &id).await?;
    assert_eq!(
        (&failed["status"], &failed["http_status"]),
        (&json!("given_up"), &json!(410))
    );
    check(
        !hook(&ann).await?["switched_off_at"].is_null(),
        "it is off still",
    )?;
    let arrived = test(&ann, &id).await?;
    assert_eq!(
        (&arrived["status"], &arrived["type"]),
        (&json!("delivered"), &json!("test"))
    );
    desk.mail(&email("Ann"), "A webhook was enabled again")
        .await?;
    let again = test(&ann, &id).await?;
    assert_eq!(again["status"], "delivered");
    let acts = ann.get("/api/auth/me/export").await?.json["activity"].clone();
    let acts = acts.as_array().cloned().unwrap_or_default();
    let enabled = acts.iter().filter(|act| act["action"] == "webhook_enabled");
    assert_eq!(enabled.count(), 1, "once, and written down");
    let webhook = hook(&ann).await?;
    assert_eq!(
        (&webhook["given_up"], &webhook["switched_off_at"]),
        (&json!(0), &json!(null))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_holds_up_nobody_else() -> TestResult {
    let desk = Desk::start_with(|config| {
        allow(config);
        // Longer than this test waits for anything.
        config.webhooks.time_limit = Duration::from_secs(120);
    });
    let desk = desk.await?;
    let receiver = Receiver::start(&[]).await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    desk.confirm("Ann", &ann).await?;
    for number in 0..10 {
        hooked(&ann, &receiver.url(&format!("/hang/{number}"))).await?;
    }
    hooked(&bob, &receiver.url("/bob")).await?;
    tell(&ann, 1).await?;
    receiver.got(4).await?;
    tell(&bob, 1).await?;
    receiver.got(5).await?;
    let seen = receiver.seen();
    let hanging = seen.iter().filter(|one| one.path.starts_with("/hang"));
    assert_eq!(
        (seen.len(), hanging.count()),
        (5, 4),
        "of one person, four at a time"
    );
    desk.mail(&email("Ann"), "Your portfolio has risen").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_has_so_much_time_and_no_more() -> TestResult {
    let desk = Desk::start_with(|config| {
        allow(config);
        config.webhooks.time_limit = Duration::from_millis(300);
    });
    let desk = desk.await?;
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&[Reply::Hang]).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    tell(&ann, 1).await?;
    let wait = next_try(&desk, &ann, &id, 1).await?;
    assert_eq!(wait, 15);
    let arrived = last(&ann, &id, |sent| sent["status"] == "delivered").await?;
    assert_eq!(arrived["tries"], 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_send_a_message_once() -> TestResult {
    let (_database, url) = mongo().await?;
    let clock = Clock::manual();
    let start = async || {
        Desk::start_with(|config| {
            allow(config);
            config.database.url = url.clone();
            config.auth.jwt_secret = Some(Secret::new(SECRET));
            config.clock = clock.clone();
        })
        .await
    };
    let (one, _other) = (start().await?, start().await?);
    let ann = one.signed_in("Ann").await?;
    let receiver = Receiver::start(&[]).await?;
    for number in 0..10 {
        hooked(&ann, &receiver.url(&format!("/{number}"))).await?;
    }
    tell(&ann, 3).await?;
    receiver.got(30).await?;
    let list = ann.get(WEBHOOKS).await?.json;
    for webhook in list["webhooks"].as_array().into_iter().flatten() {
        let id = webhook["id"].as_str().unwrap_or_default();
        last(&ann, id, |sent| sent["status"] == "delivered").await?;
    }
    let seen = receiver.seen();
    let ids: BTreeSet<_> = seen.iter().map(|one| one.header("x-delivery-id")).collect();
    assert_eq!((seen.len(), ids.len()), (30, 30));
    Ok(())
}

/// A server that ends while it sends has sent perhaps: the next one sends it again, as the same message.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_its_way_when_a_server_ended_is_sent_by_the_next() -> TestResult {
    // Not in the server's own folder, which goes with it.
    let kept = tempfile::tempdir()?;
    let restarted = async |change: &dyn Fn(&mut Config)| {
        Desk::start_with(|config| {
            allow(config);
            config.database.url = DatabaseUrl::in_folder(kept.path());
            config.auth.jwt_secret = Some(Secret::new(SECRET));
            change(config);
        })
        .await
    };
    let hanging = Duration::from_secs(120);
    let desk = restarted(&|config| config.webhooks.time_limit = hanging).await?;
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&[Reply::Hang]).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    tell(&ann, 1).await?;
    receiver.got(1).await?;
    let clock = desk.clock.clone();
    desk.server.stop().await?;
    clock.advance(Duration::from_secs(119));
    let next = restarted(&|config| config.clock = clock.clone()).await?;
    let ann = next.browser();
    let signed_in = ann.login("Ann", PASSWORD).await?;
    signed_in.expect_status(StatusCode::OK)?;
    assert_eq!(receiver.seen().len(), 1, "it is claimed still");
    clock.advance(Duration::from_secs(1));
    let arrived = last(&ann, &id, |sent| sent["status"] == "delivered").await?;
    assert_eq!(arrived["tries"], 2);
    let seen = receiver.seen();
    let ids: BTreeSet<_> = seen.iter().map(|one| one.header("x-delivery-id")).collect();
    assert_eq!((seen.len(), ids.len()), (2, 1));
    Ok(())
}
