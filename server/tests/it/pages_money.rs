//! The wallet and the transactions, as pages and as forms of browsers without scripts.

use crate::auth_support::{Answer, Browser, Desk, Outcome, PASSWORD, check};
use crate::support::TestResult;
use crate::trading::{balance, deposit};
use http::{StatusCode, header};
use serde_json::json;
use std::time::Duration;

const DEPOSIT: &str = "/_fn/wallet/deposit";
const WITHDRAW: &str = "/_fn/wallet/withdraw";
const ADD: &str = "/_fn/wallet/addresses/add";
const BITCOIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

pub(crate) async fn page(browser: &Browser<'_>, path: &str) -> Outcome<String> {
    let page = browser.get(path).await?.expect_status(StatusCode::OK)?;
    // Marks between pieces of text, for the client.
    Ok(page.text.replace("<!>", ""))
}

/// Posts a form as a browser without scripts does, which then brings back what it is told.
pub(crate) async fn post(
    desk: &Desk,
    browser: &Browser<'_>,
    path: &str,
    fields: &[(&str, &str)],
) -> TestResult {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let request = desk.server.client.post(desk.server.url(path));
    let request = request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, browser.cookie_header())
        .body(form.finish());
    let answer = Answer::read(request.send().await?).await?;
    let answer = answer.expect_status(StatusCode::SEE_OTHER)?;
    let flash = answer.set_cookie("flash").ok_or("nothing is told")?;
    let flash = flash.split(['=', ';']).nth(1).unwrap_or_default();
    browser.set_cookie("flash", flash);
    Ok(())
}

/// The value that a form of the page brings along, and nobody sees.
pub(crate) fn hidden(page: &str, form: &str, name: &str) -> Outcome<String> {
    let form = page.split(&format!("<form id=\"{form}\"")).nth(1);
    let form = form.and_then(|rest| rest.split("</form>").next());
    let field = form.and_then(|form| form.split(&format!("name=\"{name}\" value=\"")).nth(1));
    let value = field.and_then(|rest| rest.split('"').next());
    Ok(value.ok_or_else(|| format!("no {name}"))?.to_owned())
}

#[tokio::test]
async fn money_pages_are_for_those_who_are_signed_in() -> TestResult {
    let desk = Desk::start().await?;
    for path in ["/wallet", "/transactions?type=buy"] {
        let answer = desk.browser().get(path).await?;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        let to = answer.headers.get(header::LOCATION);
        check(
            to.is_some_and(|to| to.as_bytes().starts_with(b"/auth?next=/")),
            path,
        )?;
    }
    for path in ["/walletx", "/wallet/x", "/transactions/x"] {
        let ann = desk.browser();
        ann.register("Ann").await?;
        ann.login("Ann", PASSWORD).await?;
        let answer = ann.get(path).await?;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_deposit_sent_twice_is_one_and_the_wallet_shows_it() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let empty = page(&ann, "/wallet").await?;
    check(empty.contains("Nothing yet"), "an empty wallet says so")?;
    let key = hidden(&empty, "deposit", "key")?;
    let form = |amount: &'static str| {
        [
            ("asset", "USD".to_owned()),
            ("amount", amount.to_owned()),
            ("key", key.clone()),
            ("form", "deposit".to_owned()),
            ("back", "/wallet".to_owned()),
        ]
    };
    for _ in 0..2 {
        let fields = form("1234.5");
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let sent = ann.form(DEPOSIT, &fields).await?;
        sent.expect_status(StatusCode::OK)?;
    }
    assert_eq!(balance(&ann, "USD").await?.0, "1234.5");
    let shown = page(&ann, "/wallet").await?;
    check(shown.contains("1,234.5 USD are in your wallet"), "said")?;
    check(shown.contains("1,234.5"), "in the table")?;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_form_about_money_is_told_beside_its_field() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for (path, fields, field) in [
        (DEPOSIT, [("asset", "USD"), ("amount", "a lot")], "amount"),
        (DEPOSIT, [("asset", "USD"), ("amount", "1e3")], "amount"),
        (DEPOSIT, [("asset", "USD"), ("amount", "-5")], "amount"),
        (DEPOSIT, [("asset", "GOLD!"), ("amount", "1")], "asset"),
        (DEPOSIT, [("asset", "XYZ"), ("amount", "1")], "asset"),
    ] {
        let back = [("form", "deposit"), ("back", "/wallet")];
        let fields = [fields, back].concat();
        let refused = ann.form(path, &fields).await?;
        refused.expect_field(field)?;
        post(&desk, &ann, path, &fields).await?;
        let shown = page(&ann, "/wallet").await?;
        let field = shown.split(&format!("name=\"{field}\"")).nth(1);
        let field = field.and_then(|rest| rest.split('>').next());
        check(
            field.is_some_and(|field| field.contains("aria-invalid=\"true\"")),
            "the field is marked",
        )?;
    }
    let network = [
        ("network", "bitcoin"),
        ("address", "bc1qnonsense"),
        ("label", "Cold"),
        ("form", "new-address"),
        ("back", "/wallet"),
    ];
    ann.form(ADD, &network).await?.expect_field("address")?;
    post(&desk, &ann, ADD, &network).await?;
    let shown = page(&ann, "/wallet").await?;
    check(shown.contains("bc1qnonsense"), "what was typed is kept")
}

#[tokio::test]
async fn a_withdrawal_waits_for_the_proof_and_is_done_with_it() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    deposit(&ann, "BTC", "0.2").await?;
    let add = [
        ("network", "bitcoin"),
        ("address", BITCOIN),
        ("label", "Cold"),
        ("form", "new-address"),
        ("back", "/wallet"),
    ];
    ann.form(ADD, &add).await?.expect_status(StatusCode::OK)?;
    let shown = page(&ann, "/wallet").await?;
    check(
        shown.contains("No address can be used yet") && shown.contains("Usable from"),
        "it waits for a day",
    )?;
    desk.clock.advance(Duration::from_secs(24 * 3600));
    let shown = page(&ann, "/wallet").await?;
    check(
        shown.contains("confirm that it is you"),
        "a proof is asked for",
    )?;
    let list = ann.get("/api/wallet/addresses").await?.json;
    let address = list["addresses"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let ask = [
        ("asset", "BTC"),
        ("amount", "0.05"),
        ("address_id", address.as_str()),
        ("key", "once"),
        ("form", "withdraw"),
        ("back", "/wallet"),
    ];
    let refused = ann.form(WITHDRAW, &ask).await?;
    refused.expect_code(403, "step_up_required")?;
    let shown = page(&ann, "/wallet").await?;
    let then = hidden(&shown, "step-up", "then")?.replace("&amp;", "&");
    let proof = [
        ("password", PASSWORD),
        ("next", "/wallet"),
        ("then", then.as_str()),
        ("form", "step-up"),
        ("back", "/wallet"),
    ];
    let done = ann.form("/_fn/auth/step-up", &proof).await?;
    done.expect_status(StatusCode::OK)?;
    let shown = page(&ann, "/wallet").await?;
    check(shown.contains("0.05 BTC are on their way out"), "said")?;
    let list = ann.get("/api/wallet/withdrawals").await?.json;
    assert_eq!(list["withdrawals"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn transactions_are_filtered_paged_and_taken_along() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let empty = page(&ann, "/transactions").await?;
    check(empty.contains("Nothing has come or gone yet"), "empty")?;
    for number in 1..=60 {
        let body = json!({ "asset": "USD", "amount": number.to_string() });
        let done = ann.post("/api/wallet/deposit", body).await?;
        done.expect_status(StatusCode::CREATED)?;
    }
    deposit(&ann, "ETH", "0.25").await?;
    let rows = |page: &str| page.matches("<td data-label=\"Type\">Deposit</td>").count();
    let first = page(&ann, "/transactions").await?;
    assert_eq!(rows(&first), 50);
    check(
        first.contains("61") && first.contains("movements"),
        "in all",
    )?;
    let older = first
        .split("cursor=")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let older = older.ok_or("no older ones")?;
    let second = page(&ann, &format!("/transactions?cursor={older}")).await?;
    assert_eq!(rows(&second), 11);
    let filtered = page(&ann, "/transactions?type=deposit&asset=ETH").await?;
    assert_eq!(rows(&filtered), 1);
    check(
        filtered.contains("/api/transactions/export.csv?type=deposit&amp;asset=ETH"),
        "the table has the filters",
    )?;
    let none = page(&ann, "/transactions?type=buy&from=2020-01-01&to=2020-01-02").await?;
    check(none.contains("Nothing fits"), "nothing fits")?;
    let nonsense = page(
        &ann,
        "/transactions?type=%3Cscript%3E&asset=%3Cscript%3E&cursor=x",
    )
    .await?;
    check(
        !nonsense.contains("<script>\""),
        "typed nonsense is no markup",
    )?;
    assert_eq!(rows(&nonsense), 50);
    for (name, typed) in [("from", "tomorrow"), ("to", "2026-99-99")] {
        let wrong = page(&ann, &format!("/transactions?{name}={typed}")).await?;
        let said = format!("{typed} is no date");
        check(wrong.contains(&said), &said)?;
        let kept = format!("value=\"{typed}\" aria-invalid=\"true\"");
        check(wrong.contains(&kept), &kept)?;
        check(!wrong.contains("<tbody"), "all is not what was asked for")?;
        for path in ["", "/stats", "/export.csv"] {
            let path = format!("/api/transactions{path}?{name}={typed}");
            ann.get(&path).await?.expect_field(name)?;
        }
    }
    Ok(())
}
