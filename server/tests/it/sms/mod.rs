//! Text messages: the number is confirmed by a code, and news go there until it is taken away.

mod news;
mod number;

use crate::auth_support::{Answer, Browser, Desk, Outcome, check};
use crate::support::{DEADLINE, TestResult};
use crate::twilio_server::TwilioServer;
use http::StatusCode;
use services::config::{Config, Secret, TwilioConfig};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) const PHONE: &str = "+4930123456";
/// The same as people write it.
const AS_TYPED: &str = "+49 (30) 12 34 56";
const SETTINGS: &str = "/settings/notifications";
const MINUTE: Duration = Duration::from_secs(60);

/// Sends text messages to what plays Twilio.
fn twilio(config: &mut Config, server: &TwilioServer) {
    config.notify.twilio = Some(TwilioConfig {
        account_sid: "AC0123456789abcdef0123456789abcdef".to_owned(),
        auth_token: Secret::new("token".to_owned()),
        from: "+15550006789".to_owned(),
        url: server.url(),
    });
}

async fn ask_for_code(browser: &Browser<'_>, phone: &str) -> Outcome<Answer> {
    let fields = [("phone", phone), ("form", "phone"), ("back", SETTINGS)];
    browser.form("/_fn/account/phone/code", &fields).await
}

async fn enter(browser: &Browser<'_>, code: &str) -> Outcome<Answer> {
    let fields = [("code", code), ("form", "phone-code"), ("back", SETTINGS)];
    browser.form("/_fn/account/phone/verify", &fields).await
}

async fn remove(browser: &Browser<'_>) -> TestResult {
    let removed = browser.form("/_fn/account/phone/remove", &[]).await?;
    removed.expect_status(StatusCode::OK).map(drop)
}

/// Chooses of what to be told there.
pub(crate) async fn choose(browser: &Browser<'_>, topics: &[&str]) -> TestResult {
    let fields: Vec<_> = topics.iter().map(|topic| ("topics[]", *topic)).collect();
    let path = "/_fn/notifications/preferences/sms";
    let chosen = browser.form(path, &fields).await?;
    chosen.expect_status(StatusCode::OK).map(drop)
}

/// The code in a text message.
fn code_in(text: &str) -> Outcome<String> {
    let code: String = text.chars().take_while(char::is_ascii_digit).collect();
    check(code.len() == 6, text)?;
    Ok(code)
}

/// Another code than this.
fn other(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..5])
}

/// Waits for the text messages to this number in the development mailbox, once there are so many.
async fn texts(desk: &Desk, count: usize) -> Outcome<Vec<String>> {
    let until = Instant::now() + DEADLINE;
    loop {
        let all = desk.mails_to(PHONE)?;
        if all.len() >= count {
            return Ok(all.into_iter().map(|letter| letter.text).collect());
        }
        check(Instant::now() < until, "no text message")?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Confirms the number by the newest of so many messages.
pub(crate) async fn confirm(desk: &Desk, browser: &Browser<'_>, messages: usize) -> TestResult {
    let asked = ask_for_code(browser, PHONE).await?;
    asked.expect_status(StatusCode::OK)?;
    let texts = texts(desk, messages).await?;
    let code = code_in(texts.last().ok_or("none")?)?;
    let entered = enter(browser, &code).await?;
    entered.expect_status(StatusCode::OK).map(drop)
}
