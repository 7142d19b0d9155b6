//! How mails and text messages leave.

use super::{
    AppEnv,
    mail_from::MailFrom,
    reader::Reader,
    smtp::SmtpUrl,
    twilio::{self, TwilioConfig},
};
use std::time::Duration;

/// `SMTP_URL MAIL_FROM TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_FROM TWILIO_URL`.
#[derive(Debug, Clone)]
pub struct NotifyConfig {
    /// Mails.
    pub smtp: Option<SmtpConfig>,
    /// Text messages.
    pub twilio: Option<TwilioConfig>,
    /// Whether what has no server goes to files that a developer reads, instead of nowhere.
    pub to_mailbox: bool,
    /// Not read from the environment, so that tests can shorten them.
    pub timings: NotifyTimings,
}

/// A mail server and who writes.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Its address.
    pub url: SmtpUrl,
    /// The sender.
    pub from: MailFrom,
}

/// Waiting times and bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotifyTimings {
    /// A connection must stand within this time; Twilio must have answered.
    pub connect: Duration,
    /// One try at a mail server, from connecting to its taking the mail, is given up after this.
    pub delivery: Duration,
    /// Wait before the second try; doubles up to `backoff_max`, with jitter.
    pub backoff: Duration,
    /// Longest wait before a try. 40, 80, 160 and 320 s are 10 minutes.
    pub backoff_max: Duration,
    /// Tries in all.
    pub tries: u32,
    /// Messages that may wait, those between two tries included.
    pub capacity: usize,
    /// After the server was told to stop, what is left is given up after this.
    pub shutdown: Duration,
}

impl Default for NotifyTimings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            delivery: Duration::from_secs(30),
            backoff: Duration::from_secs(40),
            backoff_max: Duration::from_secs(320),
            tries: 5,
            capacity: 1000,
            shutdown: Duration::from_secs(5),
        }
    }
}

impl NotifyConfig {
    /// Nothing is sent; in development it goes to the mailbox.
    pub(super) fn for_env(env: AppEnv) -> Self {
        Self {
            smtp: None,
            twilio: None,
            to_mailbox: env == AppEnv::Development,
            timings: NotifyTimings::default(),
        }
    }

    pub(super) fn read(reader: &mut Reader, env: AppEnv) -> Self {
        Self {
            smtp: smtp(reader),
            twilio: twilio::read(reader),
            ..Self::for_env(env)
        }
    }
}

fn smtp(reader: &mut Reader) -> Option<SmtpConfig> {
    let url = reader.optional("SMTP_URL", SmtpUrl::parse, |url| format!("{url:?}"));
    if url.is_some() && reader.raw("MAIL_FROM").is_none() {
        let reason = "is required with SMTP_URL: the sender, such as \
                      CryptoVault <vault@example.com>";
        reader.mistake("MAIL_FROM", reason);
    }
    let from = reader.optional("MAIL_FROM", MailFrom::parse, ToString::to_string);
    Some(SmtpConfig {
        url: url?,
        from: from?,
    })
}
