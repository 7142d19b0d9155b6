//! Finding accounts, on both databases.

use super::{USERS, account, admin};
use crate::auth_support::{Browser, Desk, Outcome, check, email};
use crate::support::TestResult;
use crate::trading::{deposit, on_both};
use domain::account::EthAddress;
use http::StatusCode;
use serde_json::Value;

on_both! {
    accounts_are_searched_filtered_and_paged: find;
    an_account_is_shown_with_what_belongs_to_it_and_without_secrets: look;
}

const WALLET: &str = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";

/// The names that a query finds, and where the next page begins.
async fn names(browser: &Browser<'_>, query: &str) -> Outcome<(Vec<String>, Option<String>)> {
    let answer = browser.get(&format!("{USERS}?{query}")).await?;
    let answer = answer.expect_status(StatusCode::OK)?;
    let users = answer.json["users"].as_array().ok_or("no list")?;
    let name = |user: &Value| user["name"].as_str().unwrap_or_default().to_owned();
    let cursor = answer.json["next_cursor"].as_str().map(str::to_owned);
    Ok((users.iter().map(name).collect(), cursor))
}

async fn find(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    for name in ["Ann", "Annabel", "Carl"] {
        desk.signed_in(name).await?;
    }
    let mut carl = account(&desk, "Carl").await?;
    carl.wallets = vec![EthAddress::parse(WALLET)?];
    desk.store().await?.users.update(&carl).await?;
    let by_id = format!("search={}", carl.id);
    for (query, expected) in [
        ("", vec!["Carl", "Annabel", "Ann", "Boss"]),
        ("search=ANN", vec!["Annabel", "Ann"]),
        ("search=annabel%40example", vec!["Annabel"]),
        ("search=5AAEB6053f", vec!["Carl"]),
        (by_id.as_str(), vec!["Carl"]),
        ("search=.*", vec![]),
        ("role=admin", vec!["Boss"]),
        ("role=user&search=bel", vec!["Annabel"]),
        ("role=suspended", vec![]),
        ("search=&role=", vec!["Carl", "Annabel", "Ann", "Boss"]),
    ] {
        assert_eq!(names(&boss, query).await?.0, expected, "{query}");
    }
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let (page, cursor) = names(&boss, &query).await?;
        check(page.len() <= 2, "no more than asked for")?;
        seen.extend(page);
        let Some(cursor) = cursor else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["Carl", "Annabel", "Ann", "Boss"]);
    let long = format!("search={}", "x".repeat(65));
    for (query, field) in [
        ("role=god", "role"),
        ("cursor=here", "cursor"),
        ("limit=0", "limit"),
        ("name=Ann", "name"),
        (long.as_str(), "search"),
    ] {
        let refused = boss.get(&format!("{USERS}?{query}")).await?;
        refused.expect_field(field)?;
    }
    desk.server.stop().await
}

async fn look(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    let app = desk.enable_second_factor(&ann).await?;
    deposit(&ann, "BTC", "0.25").await?;
    let record = account(&desk, "Ann").await?;
    let seen = boss.get(&format!("{USERS}/{}", record.id)).await?;
    let seen = seen.expect_status(StatusCode::OK)?;
    let user = &seen.json["user"];
    assert_eq!(user["email"], email("Ann").as_str());
    assert_eq!(user["two_factor_enabled"], true);
    assert_eq!(seen.json["balances"][0]["asset"], "BTC");
    assert_eq!(seen.json["balances"][0]["total"], "0.25");
    assert_eq!(seen.json["api_keys"], 0);
    let session = &seen.json["sessions"][0];
    assert_eq!(session["device"], "Test browser");
    assert_eq!(session["current"], false);
    // Registering has signed her in.
    assert_eq!(seen.json["last_sign_in_at"], session["created_at"]);
    let list = boss.get(USERS).await?.text;
    let page = boss.get(&format!("/admin/users/{}", record.id)).await?;
    let page = page.expect_status(StatusCode::OK)?;
    for text in [&seen.text, &list, &page.text] {
        check(!text.contains("argon2"), "no hash of a password")?;
        check(!text.contains(&app.secret), "no secret of an authenticator")?;
        check(!text.contains("password_hash"), "no such field")?;
    }
    desk.server.stop().await
}
