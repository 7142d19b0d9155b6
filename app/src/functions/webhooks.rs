//! Webhooks.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::account::flash::Flash,
    domain::{
        WebhookId,
        account::Sensitive,
        api::{ApiError, ErrorCode},
        notification::Topic,
        webhook::{Delivery, DeliveryStatus, NewWebhook, WebhookMade},
    },
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/settings/webhooks";

/// Makes a webhook. Its secret is shown on the next page, and never again. All topics together are
/// everything, also what is added later.
#[server(prefix = "/_fn", endpoint = "webhooks/add", client = ApiClient)]
pub async fn add_webhook(
    url: String,
    #[server(default)] topics: Vec<String>,
    #[server(default)] description: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let topics: Vec<Topic> = field("topics", topics.iter().map(|topic| topic.parse()).collect())?;
    let is_everything = Topic::ALL.iter().all(|topic| topics.contains(topic));
    let new = NewWebhook {
        url,
        topics: (!is_everything).then_some(topics),
        description: Some(description),
    };
    let webhooks = services()?.webhooks;
    let made = webhooks
        .add(caller.identity()?, &new, &caller.visitor)
        .await;
    Ok(caller.tell(PAGE, shown(made.map_err(fail)?)))
}

/// Deletes a webhook.
#[server(prefix = "/_fn", endpoint = "webhooks/delete", client = ApiClient)]
pub async fn delete_webhook(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: WebhookId = field("id", id.parse())?;
    let webhooks = services()?.webhooks;
    let deleted = webhooks.delete(caller.identity()?, id, &caller.visitor);
    deleted.await.map_err(fail)?;
    Ok(caller.done(PAGE, "The webhook is deleted."))
}

/// Sends a test to a webhook; the next page tells what came of it.
#[server(prefix = "/_fn", endpoint = "webhooks/test", client = ApiClient)]
pub async fn test_webhook(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: WebhookId = field("id", id.parse())?;
    let webhooks = services()?.webhooks;
    let sent = webhooks.test(caller.identity()?, id, &caller.visitor);
    let sent = sent.await.map_err(fail)?;
    Ok(caller.tell(&format!("{PAGE}?log={id}"), came_of(&sent)))
}

#[cfg(feature = "ssr")]
fn shown(made: WebhookMade) -> Flash {
    Flash {
        shown_once: vec![
            ("webhook".to_owned(), Sensitive::new(made.webhook.url)),
            ("secret".to_owned(), made.secret),
        ],
        ..Flash::done("The webhook is made. Its secret is shown only now.")
    }
}

#[cfg(feature = "ssr")]
fn came_of(sent: &Delivery) -> Flash {
    if sent.status == DeliveryStatus::Delivered {
        let status = sent.http_status.unwrap_or_default();
        return Flash::done(format!(
            "The test has arrived: the receiver answered {status}."
        ));
    }
    let why = sent.error.as_deref().unwrap_or("nobody can tell why");
    let detail = format!("The test has not arrived: {why}.");
    Flash {
        error: Some(fail(ApiError::new(ErrorCode::Conflict, detail))),
        ..Flash::default()
    }
}
