//! Mails about programs that are told what the owner of an account is. Of an address only the host is said:
//! the rest is anybody's text, and may hold a secret.

use super::security::{moment, told};
use crate::notify::Mail;
use domain::account::Email;
use time::OffsetDateTime;

/// Tells that a webhook was made.
#[must_use]
pub fn webhook_made(to: Email, public_url: &str, host: &str, at: OffsetDateTime) -> Mail {
    let what = "was set up: a program at its address is told what you are told of your CryptoVault account";
    mail(to, public_url, "A webhook was set up", what, host, at)
}

/// Tells that a webhook that was switched off counts again.
#[must_use]
pub fn webhook_enabled(to: Email, public_url: &str, host: &str, at: OffsetDateTime) -> Mail {
    let what = "that was switched off was enabled again: a program at its address is told once more what \
                you are told of your CryptoVault account";
    let subject = "A webhook was enabled again";
    mail(to, public_url, subject, what, host, at)
}

fn mail(
    to: Email,
    public_url: &str,
    subject: &str,
    what: &str,
    host: &str,
    at: OffsetDateTime,
) -> Mail {
    let text = format!(
        "A webhook {what}.\n\n\
         Host: {host}\n\
         Time: {}\n\n\
         You can delete it here:\n\n\
         {public_url}/settings/webhooks",
        moment(at),
    );
    told(to, public_url, subject, &text)
}
