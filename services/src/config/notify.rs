//! How mails and text messages leave.

use super::{AppEnv, reader::Reader, secret::Secret, smtp::SmtpUrl, values};
use domain::account::{Email, PhoneNumber};
use std::{fmt, time::Duration};
use url::Url;

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

/// An account at Twilio.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The account's password.
    pub auth_token: Secret,
    /// The sender: a telephone number, or a name of at most 11 letters where networks take one.
    pub from: String,
    /// Scheme, host and port, without a trailing slash.
    pub url: String,
}

/// Waiting times and bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotifyTimings {
    /// A connection must stand within this time.
    pub connect: Duration,
    /// One try, from connecting to the server's last word, is given up after this.
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

/// The sender of mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom {
    /// What a mail program shows.
    pub name: Option<String>,
    /// The address.
    pub email: Email,
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

impl MailFrom {
    /// Reads `Name <a@b>` or `a@b`.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || "must be an address such as CryptoVault <vault@example.com>".to_owned();
        let (name, address) = match text.strip_suffix('>') {
            Some(text) => text.split_once('<').ok_or_else(expected)?,
            None => ("", text),
        };
        let name = name.trim();
        let quoted = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'));
        let name = quoted.unwrap_or(name);
        let is_odd = |letter: char| letter.is_control() || "<>\"\\".contains(letter);
        if name.chars().count() > 64 || name.contains(is_odd) {
            return Err(expected());
        }
        Ok(Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            email: Email::parse(address).map_err(|_| expected())?,
        })
    }
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.email),
            None => self.email.fmt(f),
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
            twilio: twilio(reader),
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

fn twilio(reader: &mut Reader) -> Option<TwilioConfig> {
    let needed = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"];
    if needed.iter().any(|variable| reader.raw(variable).is_some()) {
        for variable in needed {
            if reader.raw(variable).is_none() {
                let reason = format!(
                    "is missing: text messages need all of {}",
                    needed.join(", ")
                );
                reader.mistake(variable, reason);
            }
        }
    }
    let account_sid = reader.optional(needed[0], account_sid, Clone::clone);
    let auth_token = reader.optional(needed[1], values::key, |token| format!("{token:?}"));
    let from = reader.optional(needed[2], sms_sender, Clone::clone);
    let default = "https://api.twilio.com".to_owned();
    let url = reader.value("TWILIO_URL", default, twilio_url, Clone::clone);
    Some(TwilioConfig {
        account_sid: account_sid?,
        auth_token: auth_token?,
        from: from?,
        url,
    })
}

fn account_sid(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("AC").unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        Err("must be AC and 32 hexadecimal digits".to_owned())
    }
}

fn sms_sender(text: &str) -> Result<String, String> {
    if let Ok(number) = PhoneNumber::parse(text) {
        return Ok(number.to_string());
    }
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ';
    let has_letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    if text.len() <= 11 && has_letter && text.bytes().all(is_fine) {
        return Ok(text.to_owned());
    }
    Err(
        "must be a telephone number such as +4930123456, or a name of at most 11 letters and \
         digits"
            .to_owned(),
    )
}

/// The token goes along with every request: without TLS it may not leave this machine.
fn twilio_url(text: &str) -> Result<String, String> {
    let url = values::base_url(&["http", "https"])(text)?;
    let is_here = |url: &Url| url.host_str().is_some_and(values::is_this_machine);
    let goes_out = |url: &Url| url.scheme() == "http" && !is_here(url);
    if Url::parse(&url).is_ok_and(|url| goes_out(&url)) {
        return Err("must be https:// unless it is on this machine".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{MailFrom, sms_sender, twilio_url};

    #[test]
    fn a_sender_has_an_address_and_perhaps_a_name() {
        for (text, shown) in [
            ("vault@example.com", "vault@example.com"),
            ("<vault@example.com>", "vault@example.com"),
            (
                "Crypto Vault <vault@example.com>",
                "Crypto Vault <vault@example.com>",
            ),
            (
                "\"Tresor, Köln\" <vault@example.com>",
                "Tresor, Köln <vault@example.com>",
            ),
        ] {
            let read = MailFrom::parse(text).map(|from| from.to_string());
            assert_eq!(read.as_deref(), Ok(shown));
        }
        for text in [
            "",
            "vault",
            "Vault <vault>",
            "a <b <c@d.example>",
            "a\r\nBcc: x <c@d.example>",
        ] {
            assert!(MailFrom::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_token_leaves_this_machine_only_over_tls() {
        for url in [
            "https://api.twilio.com",
            "http://127.0.0.1:8080",
            "http://[::1]",
        ] {
            assert_eq!(twilio_url(url).as_deref(), Ok(url));
        }
        for url in [
            "http://api.twilio.com",
            "http://10.0.0.1:80",
            "https://api.twilio.com/2010",
        ] {
            assert!(twilio_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn text_messages_come_from_a_number_or_a_short_name() {
        for (text, from) in [("+49 30 123456", "+4930123456"), ("My Vault", "My Vault")] {
            assert_eq!(sms_sender(text).as_deref(), Ok(from));
        }
        for text in ["030123456", "A name too long", "12345", "Vault!"] {
            assert!(sms_sender(text).is_err(), "{text}");
        }
    }
}
