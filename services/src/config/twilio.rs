//! An account for text messages.

use super::{reader::Reader, secret::Secret, values};
use domain::account::PhoneNumber;
use url::Url;

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

/// `None` when no text messages are wanted.
pub(super) fn read(reader: &mut Reader) -> Option<TwilioConfig> {
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
    use super::{sms_sender, twilio_url};

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
