//! Alerts: made, changed, told once.

use crate::auth_support::{Browser, Desk, Outcome, check, email};
use crate::pages_money::post;
use crate::support::{DEADLINE, TestResult};
use crate::trading::{deposit, on_both};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

on_both! {
    alerts_are_made_changed_and_deleted_by_their_owner: own;
    a_crossing_is_told_once_on_the_page_and_by_mail: tell;
}

const ALERTS: &str = "/api/alerts";

pub(crate) async fn made(browser: &Browser<'_>, alert: Value) -> Outcome<Value> {
    let answer = browser.post(ALERTS, alert).await?;
    Ok(answer.expect_status(StatusCode::CREATED)?.json["alert"].clone())
}

fn path(alert: &Value) -> String {
    format!("{ALERTS}/{}", alert["id"].as_str().unwrap_or_default())
}

async fn own(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    // Far above and far below what a bitcoin costs.
    let above =
        json!({ "type": "price_above", "coin": "BTC", "price": "100000000", "note": "moon" });
    let far = made(&ann, above).await?;
    assert_eq!(far["condition"]["coin"], "bitcoin");
    assert_eq!(
        (&far["standing"], &far["cooldown"]),
        (&json!("armed"), &Value::Null)
    );
    let below =
        json!({ "type": "price_below", "coin": "bitcoin", "price": "100000000", "cooldown": 60 });
    let holds = made(&ann, below).await?;
    assert_eq!(
        holds["standing"], "waiting",
        "it holds already: that is no crossing"
    );
    let list = ann.get(ALERTS).await?.json;
    assert_eq!(list["alerts"], json!([holds, far]));
    assert_eq!(bob.get(ALERTS).await?.json["alerts"], json!([]));

    let (one, off) = (path(&far), json!({ "enabled": false, "cooldown": 120 }));
    let changed = ann.send(Method::PATCH, &one, Some(off.clone())).await?.json;
    assert_eq!(
        (&changed["alert"]["standing"], &changed["alert"]["cooldown"]),
        (&json!("paused"), &json!(120))
    );
    for (method, body) in [
        (Method::GET, None),
        (Method::PATCH, Some(off)),
        (Method::DELETE, None),
    ] {
        let refused = bob.send(method, &one, body).await?;
        refused.expect_code(404, "not_found")?;
    }
    let nonsense = json!({ "type": "price_above", "coin": "moon", "price": "-1" });
    let refused = ann.post(ALERTS, nonsense).await?;
    let fields: Vec<_> = refused.json["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["coin", "price"]);
    let refused = ann
        .send(Method::PATCH, &one, Some(json!({ "cooldown": 1 })))
        .await?;
    refused.expect_field("cooldown")?;
    let deleted = ann.send(Method::DELETE, &one, None).await?;
    deleted.expect_status(StatusCode::OK)?;
    ann.get(&one).await?.expect_code(404, "not_found")?;
    let nobody = desk.browser();
    nobody
        .get(ALERTS)
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

/// Waits until somebody was told so often.
pub(crate) async fn told(browser: &Browser<'_>, count: usize) -> Outcome<Vec<Value>> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = browser.get("/api/notifications").await?.json;
        let mut all = answer["notifications"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        all.retain(|one| one["topic"] == "alert");
        if all.len() >= count {
            return Ok(all);
        }
        if Instant::now() > deadline {
            return Err(format!("told {} times of {count}", all.len()).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn standing(browser: &Browser<'_>, alert: &Value, standing: &str) -> TestResult {
    let deadline = Instant::now() + DEADLINE;
    while browser.get(&path(alert)).await?.json["alert"]["standing"] != standing {
        check(Instant::now() < deadline, standing)?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// An alert of somebody's portfolio that comes true; they were told so often then.
pub(crate) async fn rise(browser: &Browser<'_>, value: u32, count: usize) -> TestResult {
    let above = json!({ "type": "portfolio_above", "value": value.to_string() });
    let above = made(browser, above).await?;
    standing(browser, &above, "armed").await?;
    deposit(browser, "USD", "1000").await?;
    told(browser, count).await.map(drop)
}

async fn tell(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    desk.confirm("Ann", &ann).await?;
    let once = json!({ "type": "portfolio_above", "value": "1000", "note": "rich" });
    let once = made(&ann, once).await?;
    // There is nothing yet, so that it waits for it.
    standing(&ann, &once, "armed").await?;
    deposit(&ann, "USD", "999.5").await?;
    deposit(&ann, "USD", "0.5").await?;
    let notifications = told(&ann, 1).await?;
    let first = &notifications[0];
    assert_eq!(first["title"], "Your portfolio has risen to $1,000.00");
    assert_eq!(first["text"], "It is worth $1,000.00 now. Your note: rich");
    assert_eq!(
        (&first["sequence"], &first["read"]),
        (&json!(1), &json!(false))
    );
    let mail = desk.mail(&email("Ann"), "Your portfolio has risen").await?;
    check(
        mail.contains("/dashboard\n") && mail.contains("/settings/notifications"),
        &mail,
    )?;
    let over = ann.get(&path(&once)).await?.json["alert"].clone();
    assert_eq!(
        (&over["standing"], &over["fired"]),
        (&json!("done"), &json!(1))
    );
    // It is over: what comes later is told by another one.
    let again = json!({ "type": "portfolio_above", "value": "2000", "cooldown": 60 });
    let again = made(&ann, again).await?;
    standing(&ann, &again, "armed").await?;
    deposit(&ann, "USD", "1500").await?;
    let notifications = told(&ann, 2).await?;
    assert_eq!(notifications.len(), 2, "{notifications:?}");
    standing(&ann, &again, "waiting").await?;
    let mails = desk.mails_to(&email("Ann"))?;
    let risen = mails
        .iter()
        .filter(|mail| mail.subject.contains("has risen to $1,000"));
    assert_eq!(risen.count(), 1);

    let read = ann
        .post("/api/notifications/read", json!({ "up_to": 1 }))
        .await?;
    assert_eq!(read.json["unread"], 1);
    let ids = json!({ "ids": [notifications[0]["id"]] });
    assert_eq!(
        ann.post("/api/notifications/read", ids).await?.json["unread"],
        0
    );
    let page = ann.get("/api/notifications?limit=1").await?.json;
    assert_eq!(page["notifications"][0]["sequence"], 2);
    assert_eq!(page["next_cursor"], "2");
    let page = ann.get("/api/notifications?limit=1&cursor=2").await?.json;
    assert_eq!(page["notifications"][0]["sequence"], 1);
    ann.post("/api/notifications/read", json!({}))
        .await?
        .expect_field("ids")?;
    Ok(())
}

#[tokio::test]
async fn forms_read_prices_as_pages_write_them_and_programs_write_digits() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let mut fields = [
        ("kind", "price_above"),
        ("coin", "bitcoin"),
        ("price", "$100,000,000"),
        ("form", "add-alert"),
        ("back", "/alerts"),
    ];
    post(&desk, &ann, "/_fn/alerts/add/price", &fields).await?;
    let set = ann.get(ALERTS).await?.json;
    assert_eq!(set["alerts"][0]["condition"]["price"], "100000000");
    // That may have been seventy.
    fields[2] = ("price", "70,00");
    post(&desk, &ann, "/_fn/alerts/add/price", &fields).await?;
    let set = ann.get(ALERTS).await?.json;
    assert_eq!(set["alerts"].as_array().map(Vec::len), Some(1));
    let grouped = json!({ "type": "price_above", "coin": "bitcoin", "price": "70,000" });
    ann.post(ALERTS, grouped).await?.expect_field("price")?;
    Ok(())
}
