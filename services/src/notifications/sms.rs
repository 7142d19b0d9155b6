//! What is told, as a text message.

use crate::notify::Sms;
use domain::{account::PhoneNumber, notification::Message};

/// Characters of a title: what people get as their wish may be longer than a message is to be.
const MAX_TITLE: usize = 100;

/// What happened, in a few words, and the address of the page that shows more. `public_url` is a base address
/// without a trailing slash, as the settings keep it.
pub(super) fn written(to: PhoneNumber, public_url: &str, message: &Message) -> Sms {
    let public_url = public_url.trim_end_matches('/');
    let title: String = message.title.chars().take(MAX_TITLE).collect();
    let link = message.link.as_deref().unwrap_or_default();
    let text = format!("CryptoVault: {title}. {public_url}{link}");
    Sms { to, text }
}
