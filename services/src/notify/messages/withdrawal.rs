//! Mails about where money may go. The label that its owner gave an address is left out: it is
//! anybody's text, and the address itself says more.

use super::security::{moment, told};
use crate::notify::Mail;
use domain::{account::Email, wallet::WithdrawalAddress};
use time::OffsetDateTime;

/// An address that money may go to, from a moment on.
#[derive(Debug, Clone)]
pub struct Allowed<'a> {
    /// The address and its network.
    pub address: &'a WithdrawalAddress,
    /// When it was allowed.
    pub at: OffsetDateTime,
    /// When its wait is over.
    pub usable_from: OffsetDateTime,
}

/// Tells that an address was added to the allow-list.
#[must_use]
pub fn address_added(to: Email, public_url: &str, allowed: &Allowed<'_>) -> Mail {
    let what = "was added to those that money of your CryptoVault account may be withdrawn to";
    mail(
        to,
        public_url,
        "A withdrawal address was added",
        what,
        allowed,
    )
}

/// Tells that an address that was disabled counts again.
#[must_use]
pub fn address_enabled(to: Email, public_url: &str, allowed: &Allowed<'_>) -> Mail {
    let what =
        "was enabled again: money of your CryptoVault account may be withdrawn to it once more";
    let subject = "A withdrawal address was enabled again";
    mail(to, public_url, subject, what, allowed)
}

fn mail(to: Email, public_url: &str, subject: &str, what: &str, allowed: &Allowed<'_>) -> Mail {
    let network = allowed.address.network().title();
    let text = format!(
        "An address {what}.\n\n\
         Network: {network}\n\
         Address: {}\n\
         Time: {}\n\n\
         Nothing leaves for it before {}, and nothing at all if you delete it until then.",
        allowed.address,
        moment(allowed.at),
        moment(allowed.usable_from),
    );
    told(to, public_url, subject, &text)
}
