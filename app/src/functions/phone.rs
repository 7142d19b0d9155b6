//! The telephone number that text messages go to, and of what one is told there.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
#[cfg(feature = "ssr")]
use domain::{
    account::PhoneNumber,
    notification::{PreferenceChange, Topic},
};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
const PAGE: &str = "/settings/notifications";

/// Sends a code to a telephone number.
#[server(prefix = "/_fn", endpoint = "account/phone/code", client = ApiClient)]
pub async fn send_phone_code(phone: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let identity = caller.identity()?;
    let phone = field("phone", PhoneNumber::parse(&phone))?;
    let sent = caller
        .auth
        .send_phone_code(identity, &phone, &caller.visitor);
    sent.await.map_err(fail)?;
    Ok(caller.done(PAGE, "A code is on its way to your telephone."))
}

/// Takes the code that was sent there.
#[server(prefix = "/_fn", endpoint = "account/phone/verify", client = ApiClient)]
pub async fn verify_phone(code: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let verified = caller
        .auth
        .verify_phone(caller.identity()?, &code, &caller.visitor);
    let phone = verified.await.map_err(fail)?;
    Ok(caller.done(PAGE, &format!("The number {phone} is confirmed.")))
}

/// Forgets the number, or the one that waits for its code.
#[server(prefix = "/_fn", endpoint = "account/phone/remove", client = ApiClient)]
pub async fn remove_phone() -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let removed = caller
        .auth
        .remove_phone(caller.identity()?, &caller.visitor);
    removed.await.map_err(fail)?;
    Ok(caller.done(
        PAGE,
        "The number is removed: nothing is sent there any more.",
    ))
}

/// Sets of what one is told by text message: topics whose boxes are ticked are there.
#[server(prefix = "/_fn", endpoint = "notifications/preferences/sms", client = ApiClient)]
pub async fn set_sms_preferences(
    #[server(default)] topics: Vec<String>,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let identity = caller.identity()?;
    let topics: Vec<Topic> = field("topics", topics.iter().map(|topic| topic.parse()).collect())?;
    let notifications = services()?.notifications;
    let change = PreferenceChange::Sms(topics);
    let changed = notifications.change_preferences(identity, &change, &caller.visitor);
    changed.await.map_err(fail)?;
    Ok(caller.done(PAGE, "That is how you are told from now on."))
}
