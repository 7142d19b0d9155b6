//! Text messages by Twilio's REST format
//! (<https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>).

use super::{SendError, Sms};
use crate::config::{NotifyTimings, TwilioConfig};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde::Deserialize;

/// The longest answer looked at; a usual one has 1 kB.
const MAX_ANSWER: usize = 64 * 1024;

/// An account at Twilio.
pub(super) struct TwilioClient {
    http: Client,
    config: TwilioConfig,
}

/// What Twilio says instead of taking a message:
/// `{"code":21211,"message":"…","more_info":"https://…","status":400}`. The message repeats the
/// number, the code says as much.
#[derive(Debug, Deserialize)]
struct Problem {
    code: u32,
}

impl TwilioClient {
    pub(super) fn new(config: &TwilioConfig, timings: &NotifyTimings) -> Result<Self, SendError> {
        crate::tls::install();
        let http = Client::builder()
            .connect_timeout(timings.connect)
            .timeout(timings.connect)
            // The API does not redirect; whatever does would see the token.
            .redirect(Policy::none())
            .user_agent(concat!("cryptovault/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SendError::Settings(error.to_string().into()))?;
        let config = config.clone();
        Ok(Self { http, config })
    }

    /// One try.
    pub(super) async fn send(&self, sms: &Sms) -> Result<(), SendError> {
        let config = &self.config;
        let (base, sid) = (&config.url, &config.account_sid);
        let form = [
            ("To", sms.to.as_str()),
            ("From", &config.from),
            ("Body", &sms.text),
        ];
        let response = self
            .http
            .post(format!("{base}/2010-04-01/Accounts/{sid}/Messages.json"))
            .basic_auth(sid, Some(config.auth_token.expose()))
            .form(&form)
            .send()
            .await
            .map_err(told)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let answer = start_of(response).await;
        let problem = serde_json::from_slice::<Problem>(&answer).ok();
        Err(refusal(status, problem.map(|problem| problem.code)))
    }
}

/// An answer that does not come leaves the status, which says enough.
async fn start_of(mut response: Response) -> Vec<u8> {
    let mut answer = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if answer.len() + chunk.len() > MAX_ANSWER {
            break;
        }
        answer.extend_from_slice(&chunk);
    }
    answer
}

fn told(error: reqwest::Error) -> SendError {
    if error.is_timeout() {
        SendError::Timeout
    } else {
        SendError::Unreachable(error.without_url().to_string().into())
    }
}

/// Codes by <https://www.twilio.com/docs/api/errors>.
fn refusal(status: StatusCode, code: Option<u32>) -> SendError {
    let code = code.unwrap_or_else(|| u32::from(status.as_u16()));
    let may_change = status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error();
    if may_change {
        return SendError::Temporary { code };
    }
    let reason = match code {
        401 | 20003 => ": TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN are wrong",
        21211 | 21614 => ": the number can't get text messages",
        21408 => ": the account may not send to that country",
        21212 | 21606 | 21659 | 21660 => ": TWILIO_FROM is no sender of this account",
        21608 => ": a trial account sends to verified numbers only",
        21610 => ": the number has unsubscribed",
        21617 => ": the text is too long",
        _ => "",
    };
    SendError::Refused { code, reason }
}
