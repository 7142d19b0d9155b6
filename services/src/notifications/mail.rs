//! What is told, as a mail.

use super::unsubscribe::Link;
use crate::{notify::Mail, store::DeliveryRecord};
use domain::account::Email;

/// The page on which its owner says what they want to be told.
const SETTINGS: &str = "/settings/notifications";

/// `public_url` is a base address without a trailing slash, as the settings keep it. `link` ends such mails.
pub(super) fn written(to: Email, public_url: &str, delivery: &DeliveryRecord, link: Link) -> Mail {
    let public_url = public_url.trim_end_matches('/');
    let message = &delivery.message;
    let mut text = format!("{}.\n\n{}\n", message.title, message.text);
    if let Some(link) = &message.link {
        text.push_str(&format!("\n{public_url}{link}\n"));
    }
    let (about, end) = (message.topic.about(), &link.page);
    text.push_str(&format!(
        "\nYou get this mail because you want to be told of {about} by e-mail. To stop that, without \
         signing in:\n{end}\n\nWhat else you are told of, and how:\n{public_url}{SETTINGS}\n"
    ));
    let mail = Mail::new(to, &message.title, text).known_by(delivery.id.uuid());
    link.put_into(mail)
}
