//! The audit log as administrators see it.

use super::{account, admin};
use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::pages_money::page;
use crate::support::TestResult;
use crate::trading::on_both;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use time::format_description::well_known::Rfc3339;

const LOG: &str = "/api/admin/audit-logs";
const VERIFY: &str = "/api/admin/audit-logs/verify";

on_both! {
    records_are_filtered_paged_and_without_secrets: find;
}

async fn records(browser: &Browser<'_>, query: &str) -> Outcome<Vec<Value>> {
    let answer = browser.get(&format!("{LOG}?{query}")).await?;
    let answer = answer.expect_status(StatusCode::OK)?;
    let all = answer.json["audit_logs"].as_array();
    Ok(all.ok_or("no list")?.clone())
}

async fn find(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    let id = account(&desk, "Ann").await?.id.to_string();
    desk.clock.advance(Duration::from_secs(10));
    let between = desk.clock.now();
    desk.clock.advance(Duration::from_secs(10));
    let proof = json!({ "password": "not this one at all" });
    ann.post("/api/auth/step-up", proof)
        .await?
        .expect_code(401, "invalid_code")?;
    let told = ann.login("Ann", PASSWORD).await?;
    let request = told.headers.get("x-request-id").ok_or("no id")?.to_str()?;

    let hers = records(&boss, &format!("actor={id}")).await?;
    check(hers.len() >= 3, "what Ann did")?;
    check(
        hers.iter().all(|one| one["actor"] == id.as_str()),
        "hers only",
    )?;
    let logins = records(&boss, &format!("actor={id}&action=login")).await?;
    let last = logins.first().ok_or("no sign-in")?;
    assert_eq!(last["request_id"], request);
    assert_eq!(last["ip"], "127.0.0.1");
    assert_eq!(last["hash"].as_str().map(str::len), Some(64));
    let about = records(&boss, &format!("subject={id}&action=step_up_failed")).await?;
    assert_eq!(about.len(), 1);
    let moment = between.format(&Rfc3339)?;
    let before = records(&boss, &format!("actor={id}&to={moment}")).await?;
    let since = records(&boss, &format!("actor={id}&from={moment}")).await?;
    check(!before.is_empty() && !since.is_empty(), "both")?;
    assert_eq!(before.len() + since.len(), hers.len());
    check(
        records(&boss, "action=nothing").await?.is_empty(),
        "nothing fits",
    )?;

    let all = records(&boss, "limit=500").await?;
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let next = cursor.map(|cursor| format!("&cursor={cursor}"));
        let path = format!("{LOG}?limit=2{}", next.unwrap_or_default());
        let page = boss.get(&path).await?.expect_status(StatusCode::OK)?;
        seen.extend(
            page.json["audit_logs"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
        );
        cursor = page.json["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    let whole = serde_json::to_string(&all)?;
    for secret in [PASSWORD, "not this one at all", "argon2"] {
        check(!whole.contains(secret), secret)?;
    }
    for (query, field) in [
        ("actor=ann", "actor"),
        ("from=yesterday", "from"),
        ("to=2027-01-31", "to"),
        ("cursor=-1", "cursor"),
        ("limit=none", "limit"),
        ("who=ann", "who"),
    ] {
        boss.get(&format!("{LOG}?{query}"))
            .await?
            .expect_field(field)?;
    }
    let verdict = boss.get(VERIFY).await?.expect_status(StatusCode::OK)?;
    assert_eq!(verdict.json["whole"], true, "{}", verdict.text);
    assert_eq!(verdict.json["anchored"], true, "{}", verdict.text);
    assert_eq!(verdict.json["records"], all[0]["sequence"]);
    desk.server.stop().await
}

#[tokio::test]
async fn a_record_that_was_changed_is_noticed_by_the_api_and_the_page() -> TestResult {
    let desk = Desk::start().await?;
    let boss = admin(&desk, "Boss").await?;
    for _ in 0..3 {
        boss.login("Boss", PASSWORD).await?;
    }
    let page = boss
        .get("/admin/audit?check=1")
        .await?
        .text
        .replace("<!>", "");
    check(page.contains("The log is whole"), "whole before")?;
    let changed = desk
        .sqlite()?
        .execute("UPDATE audit SET ip = '192.0.2.1' WHERE sequence = 2", [])?;
    assert_eq!(changed, 1);
    let verdict = boss.get(VERIFY).await?.expect_status(StatusCode::OK)?;
    assert_eq!(verdict.json["whole"], false);
    assert_eq!(verdict.json["problem"], "record 2 was changed");
    let page = boss
        .get("/admin/audit?check=1")
        .await?
        .text
        .replace("<!>", "");
    check(page.contains("record 2 was changed"), "the page says it")?;
    // The tail is cut off, with what else was changed.
    desk.sqlite()?
        .execute("DELETE FROM audit WHERE sequence >= 2", [])?;
    let verdict = boss.get(VERIFY).await?.expect_status(StatusCode::OK)?;
    assert_eq!(verdict.json["whole"], false, "{}", verdict.text);
    Ok(())
}

#[tokio::test]
async fn what_is_no_day_is_said_beside_its_field_and_fits_nothing() -> TestResult {
    let desk = Desk::start().await?;
    let boss = admin(&desk, "Boss").await?;
    let all = page(&boss, "/admin/audit?from=2020-01-31").await?;
    check(all.contains("data-testid=\"audit\""), "records")?;
    check(!all.contains("is no date"), "a day is one")?;
    for (field, typed) in [("from", "2026-99-99"), ("to", "today")] {
        let none = page(&boss, &format!("/admin/audit?{field}={typed}")).await?;
        check(none.contains(&format!("{typed} is no date")), typed)?;
        check(none.contains("Nothing fits."), typed)?;
        check(!none.contains("data-testid=\"audit\""), typed)?;
    }
    desk.server.stop().await
}
