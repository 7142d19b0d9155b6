//! What is told, as a mail.

use crate::{notify::Mail, store::DeliveryRecord};
use domain::{account::Email, notification::Topic};

/// The page on which its owner says what they want to be told.
const SETTINGS: &str = "/settings/notifications";

/// `public_url` is a base address without a trailing slash, as the settings keep it.
pub(super) fn written(to: Email, public_url: &str, delivery: &DeliveryRecord) -> Mail {
    let public_url = public_url.trim_end_matches('/');
    let message = &delivery.message;
    let mut text = format!("{}.\n\n{}\n", message.title, message.text);
    if let Some(link) = &message.link {
        text.push_str(&format!("\n{public_url}{link}\n"));
    }
    let about = match message.topic {
        Topic::Alert => "alerts",
        Topic::Fill => "orders that were filled or have expired",
        Topic::Stop => "stops that were reached",
        Topic::Withdrawal => "withdrawals",
        Topic::SignIn => "sign-ins",
        Topic::Test => "tests",
    };
    text.push_str(&format!(
        "\nYou get this mail because you want to be told of {about} by e-mail. To stop that:\n\
         {public_url}{SETTINGS}\n"
    ));
    Mail::new(to, &message.title, text).known_by(delivery.id.uuid())
}
