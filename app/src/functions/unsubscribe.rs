//! Ending mails by the link in one of them.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::Caller,
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
#[cfg(feature = "ssr")]
use domain::address;
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use services::notifications::PAGE_PATH;

/// Ends the mails that a link is for. Nobody need be signed in.
#[server(prefix = "/_fn", endpoint = "notifications/unsubscribe", client = ApiClient)]
pub async fn unsubscribe(#[server(default)] token: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let notifications = services()?.notifications;
    let ended = notifications
        .unsubscribe(&token, caller.anybody(), &caller.visitor)
        .await;
    let about = ended.map_err(fail)?.about();
    let page = format!("{PAGE_PATH}?token={}", address::value(&token));
    Ok(caller.done(&page, &format!("You get no more mails about {about}.")))
}
