//! News by text message: sent once, tried again, given up.

use super::{MINUTE, PHONE, ask_for_code, choose, code_in, confirm, enter, remove, texts, twilio};
use crate::alerts::{made as alert, rise, standing};
use crate::auth_support::{Browser, Desk, Outcome, check, email};
use crate::support::{DEADLINE, TestResult};
use crate::trading::{deposit, on_both};
use crate::twilio_server::{Answer, Seen, TwilioServer};
use http::StatusCode;
use serde_json::json;
use services::auth::MOST_TEXTS;
use std::time::Duration;
use tokio::time::Instant;

on_both! {
    news_go_to_the_confirmed_number_and_nowhere_once_it_is_removed: sent_and_removed;
}

/// What Twilio was asked for, once there is so much.
pub(super) async fn seen(server: &TwilioServer, count: usize) -> Outcome<Vec<Seen>> {
    let until = Instant::now() + DEADLINE;
    loop {
        let seen = server.seen();
        if seen.len() >= count {
            return Ok(seen);
        }
        check(Instant::now() < until, "Twilio was not asked")?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn sent_and_removed(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    desk.confirm("Ann", &ann).await?;
    confirm(&desk, &ann, 1).await?;
    choose(&ann, &["alert"]).await?;
    rise(&ann, 500, 1).await?;
    let all = texts(&desk, 2).await?;
    check(
        all[1].starts_with("CryptoVault: Your portfolio has risen to $500.00. http"),
        &all[1],
    )?;
    check(all[1].ends_with("/dashboard"), &all[1])?;
    // Of what was not chosen nothing is sent there: the mail of the same moment comes alone.
    choose(&ann, &["fill"]).await?;
    rise(&ann, 1500, 2).await?;
    desk.mail(&email("Ann"), "has risen to $1,500").await?;
    choose(&ann, &["alert"]).await?;
    rise(&ann, 2500, 3).await?;
    assert_eq!(texts(&desk, 3).await?.len(), 3);

    remove(&ann).await?;
    rise(&ann, 3500, 4).await?;
    desk.mail(&email("Ann"), "has risen to $3,500").await?;
    // What was told that way before is told so again once there is a number; nothing is made up for.
    desk.clock.advance(MINUTE);
    confirm(&desk, &ann, 4).await?;
    rise(&ann, 4500, 5).await?;
    let all = texts(&desk, 5).await?;
    check(all[4].contains("$4,500.00"), &all[4])?;
    assert_eq!(all.len(), 5);
    Ok(())
}

/// A desk with Twilio's answers, where Ann's number is confirmed and alerts go there. The first answer is
/// to the code.
async fn through(server: &TwilioServer) -> Outcome<Desk> {
    let desk = Desk::start_with(|config| twilio(config, server)).await?;
    Ok(desk)
}

async fn ready<'a>(desk: &'a Desk, server: &TwilioServer) -> Outcome<Browser<'a>> {
    let ann = desk.signed_in("Ann").await?;
    let asked = ask_for_code(&ann, PHONE).await?;
    asked.expect_status(StatusCode::OK)?;
    let code = code_in(&body(&seen(server, 1).await?[0]))?;
    enter(&ann, &code).await?.expect_status(StatusCode::OK)?;
    choose(&ann, &["alert"]).await?;
    Ok(ann)
}

fn body(seen: &Seen) -> String {
    let found = seen.form.iter().find(|(name, _)| name == "Body");
    found.map(|(_, body)| body.clone()).unwrap_or_default()
}

/// Waits for how the text message in the database stands: its state, its tries, and a part of what went
/// wrong. While it is tried the next time, what the last try met is still there.
async fn state(desk: &Desk, wanted: &str, tries: u32, why: &str) -> Outcome<Option<String>> {
    let until = Instant::now() + DEADLINE;
    loop {
        let sql = r#"SELECT state, tries, error FROM deliveries WHERE target = '{"way":"sms"}'"#;
        let found = desk.sqlite()?.query_row(sql, [], |row| {
            let state: String = row.get(0)?;
            Ok((
                state,
                row.get::<_, u32>(1)?,
                row.get::<_, Option<String>>(2)?,
            ))
        });
        let (state, tried, error) = found?;
        let is_said = error.as_deref().unwrap_or_default().contains(why);
        if (state.as_str(), tried) == (wanted, tries) && is_said {
            return Ok(error);
        }
        check(
            Instant::now() < until,
            &format!("{state} after {tried}: {error:?}"),
        )?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_twilio_could_not_take_is_sent_again_later_and_then_once() -> TestResult {
    let busy = r#"{"code":20429,"message":"Too many requests","status":429}"#;
    let answers = [
        Answer::Taken,
        Answer::Status(429, busy),
        Answer::Status(503, ""),
    ];
    let server = TwilioServer::start(&answers).await?;
    let desk = through(&server).await?;
    let ann = ready(&desk, &server).await?;
    rise(&ann, 500, 1).await?;
    for (tries, code, wait) in [(1, "20429", 15), (2, "503", 60)] {
        let why = format!("answered {code}, which may change");
        state(&desk, "due", tries, &why).await?;
        desk.clock.advance(Duration::from_secs(wait));
    }
    assert_eq!(state(&desk, "sent", 3, "").await?, None);
    let seen = seen(&server, 4).await?;
    assert_eq!(seen.len(), 4);
    assert_eq!(body(&seen[1]), body(&seen[3]));
    // A day later nothing of it is sent again: what comes then is something new.
    desk.clock.advance(Duration::from_secs(86_400));
    ann.call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    rise(&ann, 1500, 2).await?;
    let seen = super::news::seen(&server, 5).await?;
    check(body(&seen[4]).contains("$1,500"), "the next one")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_twilio_will_never_take_is_given_up_at_once() -> TestResult {
    let gone =
        r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"#;
    let server = TwilioServer::start(&[Answer::Taken, Answer::Status(400, gone)]).await?;
    let desk = through(&server).await?;
    let ann = ready(&desk, &server).await?;
    rise(&ann, 500, 1).await?;
    let error = state(&desk, "failed", 1, "").await?.unwrap_or_default();
    check(error.contains("has unsubscribed"), &error)?;
    check(!error.contains("4930"), "no number in it")?;
    assert_eq!(server.seen().len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_another_try_is_not_sent_to_a_number_that_was_removed() -> TestResult {
    let server = TwilioServer::start(&[Answer::Taken, Answer::Status(503, "")]).await?;
    let desk = through(&server).await?;
    let ann = ready(&desk, &server).await?;
    rise(&ann, 500, 1).await?;
    state(&desk, "due", 1, "503").await?;
    remove(&ann).await?;
    desk.clock.advance(Duration::from_secs(15));
    let error = state(&desk, "failed", 2, "").await?;
    let expected = "there is no verified telephone number";
    assert_eq!(error.as_deref(), Some(expected));
    assert_eq!(server.seen().len(), 2, "the code and the first try");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_alerts_cost_more_text_messages_than_a_day_may_have() -> TestResult {
    let server = TwilioServer::start(&[]).await?;
    let desk = through(&server).await?;
    let ann = ready(&desk, &server).await?;
    let most = usize::try_from(MOST_TEXTS)?;
    let mut alerts = Vec::new();
    for value in 0..=most {
        let above = json!({ "type": "portfolio_above", "value": (500 + value).to_string() });
        alerts.push(alert(&ann, above).await?);
    }
    for alert in &alerts {
        standing(&ann, alert, "armed").await?;
    }
    deposit(&ann, "USD", "1000").await?;
    let told = u32::try_from(alerts.len())?;
    let sql =
        r#"SELECT count(*) FROM deliveries WHERE state <> 'due' AND target = '{"way":"sms"}'"#;
    let until = Instant::now() + DEADLINE;
    while desk
        .sqlite()?
        .query_row(sql, [], |row| row.get::<_, u32>(0))?
        < told
    {
        check(Instant::now() < until, "not all are over")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        server.seen().len(),
        1 + most,
        "the code, and as many as may be"
    );
    // The next day there are new ones.
    desk.clock.advance(Duration::from_secs(86_400));
    ann.call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    rise(&ann, 1500, 1).await?;
    seen(&server, 2 + most).await.map(drop)
}
