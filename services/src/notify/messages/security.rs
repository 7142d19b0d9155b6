//! Mails about what happened to an account.

use super::link::{SIGN_IN_PATH, to as link_to};
use crate::notify::Mail;
use domain::account::Email;
use std::net::IpAddr;
use time::{OffsetDateTime, UtcOffset};

/// Most characters of what a browser says about itself.
const MAX_DEVICE: usize = 80;

/// A sign-in from a device that was not seen before.
#[derive(Debug, Clone)]
pub struct SignIn<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// From where.
    pub ip: IpAddr,
    /// What the browser says it is; may be anything.
    pub device: &'a str,
}

/// Tells that the password is another one now.
#[must_use]
pub fn password_changed(to: Email, public_url: &str, at: OffsetDateTime) -> Mail {
    let what = "The password of your CryptoVault account was changed";
    let then = "All other devices have been signed out.";
    told(
        to,
        public_url,
        "Your password was changed",
        &on(what, at, then),
    )
}

/// Tells of a sign-in from a new device.
#[must_use]
pub fn new_sign_in(to: Email, public_url: &str, sign_in: &SignIn<'_>) -> Mail {
    let what = format!(
        "Somebody signed in to your CryptoVault account from a device that we have not seen \
         before.\n\n\
         Time:    {}\n\
         Address: {}\n\
         Device:  {}",
        moment(sign_in.at),
        sign_in.ip,
        one_line(sign_in.device)
    );
    told(to, public_url, "New sign-in to your account", &what)
}

/// Tells that signing in takes a code now.
#[must_use]
pub fn second_factor_enabled(to: Email, public_url: &str, at: OffsetDateTime) -> Mail {
    let what = "Two-factor authentication was switched on for your CryptoVault account";
    let then = "Signing in now takes a code from your authenticator. Keep your recovery codes in \
                a safe place: they help when the authenticator is lost.";
    let subject = "Two-factor authentication is on";
    told(to, public_url, subject, &on(what, at, then))
}

/// Tells that signing in takes no code any more.
#[must_use]
pub fn second_factor_disabled(to: Email, public_url: &str, at: OffsetDateTime) -> Mail {
    let what = "Two-factor authentication was switched off for your CryptoVault account";
    let then = "Your password alone is now enough to sign in.";
    let subject = "Two-factor authentication is off";
    told(to, public_url, subject, &on(what, at, then))
}

pub(super) fn told(to: Email, public_url: &str, subject: &str, what: &str) -> Mail {
    let sign_in = link_to(public_url, SIGN_IN_PATH);
    let text = format!(
        "{what}\n\n\
         If it was you, you need not do anything.\n\n\
         If it was not you, somebody else has access to your account: choose a new password now \
         and sign out all devices:\n\n\
         {sign_in}\n"
    );
    Mail::new(to, subject, text)
}

fn on(what: &str, at: OffsetDateTime, then: &str) -> String {
    format!("{what} on {}.\n\n{then}", moment(at))
}

pub(super) fn moment(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (hour, minute) = (at.hour(), at.minute());
    format!(
        "{} {} {}, {hour:02}:{minute:02} UTC",
        at.day(),
        at.month(),
        at.year()
    )
}

/// A browser that lies about itself may not write paragraphs of its own, nor links.
fn one_line(text: &str) -> String {
    let plain = |letter: char| {
        let is_fine = letter.is_ascii_graphic() && letter != ':';
        if is_fine { letter } else { ' ' }
    };
    let line: String = text.chars().take(MAX_DEVICE).map(plain).collect();
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.is_empty() {
        return "unknown".to_owned();
    }
    words.join(" ")
}
