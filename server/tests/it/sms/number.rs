//! Confirming a number, changing and removing it.

use super::{
    AS_TYPED, MINUTE, PHONE, SETTINGS, ask_for_code, choose, code_in, confirm, enter, other,
    remove, texts, twilio,
};
use crate::auth_support::{Desk, Outcome, check};
use crate::support::TestResult;
use crate::trading::on_both;
use crate::twilio_server::{Seen, TwilioServer};
use http::StatusCode;
use std::time::Duration;

on_both! {
    a_number_counts_once_its_code_was_entered_and_no_more_once_it_is_removed: whole_life;
    a_code_has_five_tries: tries;
    a_code_counts_for_ten_minutes_and_once: expiry;
}

/// At the beginning of a day, so that no window of the clock ends by accident.
fn begin_day(desk: &Desk) -> Outcome<()> {
    let seconds = desk.clock.now().unix_timestamp().rem_euclid(86_400);
    let left = Duration::from_secs(u64::try_from(86_401 - seconds)?);
    desk.clock.advance(left);
    Ok(())
}

async fn whole_life(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let before = ann.follow(SETTINGS).await?.text;
    check(before.contains("Send me a code"), &before)?;
    check(!before.contains("Enter it within"), &before)?;
    for nonsense in ["", "030123456", "+49 call me", "+4930123456\r\n+49"] {
        let refused = ask_for_code(&ann, nonsense).await?;
        refused.expect_field("phone")?;
    }
    let asked = ask_for_code(&ann, AS_TYPED).await?;
    asked.expect_status(StatusCode::OK)?;
    let text = texts(&desk, 1).await?.remove(0);
    let address = desk.server.url("");
    check(text.contains("is your CryptoVault code"), &text)?;
    check(text.contains("http://"), &format!("{address}: {text}"))?;
    let waiting = ann.follow(SETTINGS).await?.text;
    check(waiting.contains("We have sent a code to"), &waiting)?;
    // It does not count yet.
    let export = ann.get("/api/auth/me/export").await?.json;
    check(export["phone"].is_null(), "not confirmed yet")?;

    let code = code_in(&text)?;
    let entered = enter(&ann, &format!(" {code} ")).await?;
    entered.expect_status(StatusCode::OK)?;
    let confirmed = ann.follow(SETTINGS).await?.text;
    check(confirmed.contains("Your number is"), &confirmed)?;
    check(!confirmed.contains("We have sent a code"), &confirmed)?;
    choose(&ann, &["alert", "sign_in"]).await?;
    let export = ann.get("/api/auth/me/export").await?.json;
    assert_eq!(export["phone"], PHONE);
    ask_for_code(&ann, PHONE).await?.expect_field("phone")?;

    remove(&ann).await?;
    let export = ann.get("/api/auth/me/export").await?.json;
    check(export["phone"].is_null(), "removed")?;
    let acts: Vec<_> = export["activity"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|act| {
            act["action"]
                .as_str()
                .is_some_and(|it| it.contains("phone"))
        })
        .map(|act| (act["action"].as_str(), act["detail"].as_str()))
        .collect();
    let masked = Some("+…56");
    assert_eq!(
        acts,
        [
            (Some("phone_removed"), masked),
            (Some("phone_added"), masked),
            (Some("phone_code_sent"), masked),
        ]
    );
    Ok(())
}

async fn tries(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    begin_day(&desk)?;
    ask_for_code(&ann, PHONE)
        .await?
        .expect_status(StatusCode::OK)?;
    let code = code_in(&texts(&desk, 1).await?[0])?;
    // It is nobody else's.
    enter(&bob, &code).await?.expect_field("code")?;
    for left in [
        "4 tries are left",
        "3 tries",
        "2 tries",
        "one try is left",
        "no more",
    ] {
        let refused = enter(&ann, &other(&code)).await?.expect_field("code")?;
        check(refused.text.contains(left), &refused.text)?;
    }
    let late = enter(&ann, &code).await?.expect_field("code")?;
    check(late.text.contains("counts no more"), &late.text)?;
    let page = ann.follow(SETTINGS).await?.text;
    check(
        !page.contains("We have sent a code"),
        "there is none to enter",
    )?;
    // A new one has new tries.
    desk.clock.advance(MINUTE);
    confirm(&desk, &ann, 2).await
}

async fn expiry(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    begin_day(&desk)?;
    ask_for_code(&ann, PHONE)
        .await?
        .expect_status(StatusCode::OK)?;
    let first = code_in(&texts(&desk, 1).await?[0])?;
    desk.clock.advance(10 * MINUTE);
    enter(&ann, &first).await?.expect_field("code")?;
    ask_for_code(&ann, PHONE)
        .await?
        .expect_status(StatusCode::OK)?;
    let second = code_in(&texts(&desk, 2).await?[1])?;
    desk.clock.advance(10 * MINUTE - Duration::from_secs(1));
    enter(&ann, &second).await?.expect_status(StatusCode::OK)?;
    enter(&ann, &second).await?.expect_field("code")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_sent_only_so_often_by_an_account_and_to_a_number() -> TestResult {
    let desk = Desk::start().await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    begin_day(&desk)?;
    for sent in 1..=3 {
        let asked = ask_for_code(&ann, PHONE).await?;
        asked.expect_status(StatusCode::OK)?;
        texts(&desk, sent).await?;
        // Neither to another number, nor by another account, within the minute.
        for (browser, phone) in [(&ann, "+4930999999"), (&bob, PHONE)] {
            let refused = ask_for_code(browser, phone).await?;
            let refused = refused.expect_code(429, "rate_limited")?;
            check(refused.text.contains("Please wait"), &refused.text)?;
        }
        desk.clock.advance(MINUTE);
    }
    let refused = ask_for_code(&ann, PHONE).await?;
    refused.expect_code(429, "rate_limited")?;
    desk.clock.advance(30 * MINUTE);
    confirm(&desk, &ann, 4).await?;
    assert_eq!(texts(&desk, 4).await?.len(), 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_number_takes_the_place_of_the_old_one_once_it_is_confirmed() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    begin_day(&desk)?;
    confirm(&desk, &ann, 1).await?;
    desk.clock.advance(MINUTE);
    let new = "+15550001111";
    ask_for_code(&ann, new)
        .await?
        .expect_status(StatusCode::OK)?;
    let export = ann.get("/api/auth/me/export").await?.json;
    assert_eq!(export["phone"], PHONE);
    let code = code_in(&desk.mail(new, "").await?)?;
    enter(&ann, &code).await?.expect_status(StatusCode::OK)?;
    let export = ann.get("/api/auth/me/export").await?.json;
    assert_eq!(export["phone"], new);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_posted_to_twilio_and_stored_nowhere() -> TestResult {
    let twilio_server = TwilioServer::start(&[]).await?;
    let desk = Desk::start_with(|config| twilio(config, &twilio_server)).await?;
    let ann = desk.signed_in("Ann").await?;
    ask_for_code(&ann, PHONE)
        .await?
        .expect_status(StatusCode::OK)?;
    let Seen { line, form, .. } = super::news::seen(&twilio_server, 1).await?.remove(0);
    let path = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json";
    assert_eq!(line, format!("POST {path}"));
    let field = |name: &str| {
        let found = form.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    assert_eq!((field("To"), field("From")), (PHONE, "+15550006789"));
    let code = code_in(field("Body"))?;
    let sql = "SELECT data FROM tokens WHERE purpose = 'verify_phone'";
    let kept: String = desk.sqlite()?.query_row(sql, [], |row| row.get(0))?;
    check(kept.contains(PHONE), "the number is kept")?;
    check(!kept.contains(&code), "the code is not")?;
    enter(&ann, &code).await?.expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_text_messages_are_set_up_the_page_says_so_and_none_can_be_asked_for() -> TestResult
{
    let desk = Desk::start_with(|config| config.notify.to_mailbox = false).await?;
    let ann = desk.signed_in("Ann").await?;
    let page = ann.follow(SETTINGS).await?.text;
    check(page.contains("not set up by the operator"), &page)?;
    check(
        !page.contains("Send me a code"),
        "there is nothing to fill in",
    )?;
    let refused = ask_for_code(&ann, PHONE).await?;
    refused.expect_code(409, "conflict")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_set_by_nobody_who_is_not_signed_in() -> TestResult {
    let desk = Desk::start().await?;
    let nobody = desk.browser();
    ask_for_code(&nobody, PHONE)
        .await?
        .expect_code(401, "unauthenticated")?;
    for path in ["account/phone/remove", "notifications/preferences/sms"] {
        let refused = nobody.form(&format!("/_fn/{path}"), &[]).await?;
        refused.expect_code(401, "unauthenticated")?;
    }
    enter(&nobody, "123456")
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}
