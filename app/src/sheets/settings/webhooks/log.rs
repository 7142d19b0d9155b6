//! What was sent to a webhook.

use crate::{
    components::data_table::{
        Column::{Number, Text},
        table,
    },
    error::AppError,
    functions::answer::fail,
    sheets::{
        Request,
        filters::{pager, query},
        minute,
        panel::panel,
    },
};
use domain::{
    WebhookId,
    webhook::{Delivery, DeliveryStatus, Webhook},
};
use leptos::prelude::*;
use services::{auth::Identity, store::Page};
use uuid::Uuid;

/// Rows of a page.
const ROWS: u32 = 25;
const PAGE: &str = "/settings/webhooks";

/// Of the webhook that the address names, if it is one of these.
pub(super) async fn section(
    request: &Request,
    identity: &Identity,
    webhooks: &[Webhook],
) -> Result<Option<AnyView>, AppError> {
    let asked: Option<WebhookId> = request.query("log").and_then(|id| id.parse().ok());
    let Some(webhook) = webhooks.iter().find(|one| Some(one.id) == asked) else {
        return Ok(None);
    };
    let before: Option<Uuid> = request.query("cursor").and_then(|id| id.parse().ok());
    let page = Page {
        before,
        limit: ROWS,
    };
    let sent = request
        .services
        .webhooks
        .deliveries(identity, webhook.id, page);
    let sent = sent.await.map_err(fail)?;
    let address = |cursor: Option<Uuid>| {
        let cursor = cursor.map(|cursor| ("cursor", cursor.to_string()));
        let log = ("log", webhook.id.to_string());
        format!("{PAGE}{}", query([log].into_iter().chain(cursor)))
    };
    let is_full = u32::try_from(sent.len()).is_ok_and(|count| count >= ROWS);
    let older = sent.last().filter(|_| is_full);
    let older = older.map(|last| address(Some(last.id.uuid())));
    let newest = before.map(|_| address(None));
    let view = view! {
        <p>"To " {webhook.url.clone()} " within the last 30 days."</p>
        {list(&sent)}
        {pager(newest, older)}
    };
    Ok(Some(panel("What was sent", view)))
}

fn list(sent: &[Delivery]) -> AnyView {
    if sent.is_empty() {
        return view! { <p>"Nothing."</p> }.into_any();
    }
    let rows: Vec<_> = sent.iter().map(row).collect();
    let columns = [
        Text("When"),
        Text("What"),
        Text("State"),
        Number("Tries"),
        Text("Last answer"),
        Text("Next try"),
    ];
    let caption = "Messages to this webhook, the newest first";
    table("deliveries", "What was sent", caption, &columns, rows)
}

fn row(sent: &Delivery) -> AnyView {
    let (word, name) = match sent.status {
        DeliveryStatus::Pending => ("On its way", "pending"),
        DeliveryStatus::Delivered => ("Arrived", "delivered"),
        DeliveryStatus::GivenUp => ("Given up", "given_up"),
    };
    let answer = match (sent.http_status, &sent.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(why)) => why.clone(),
        (None, None) => "–".to_owned(),
    };
    let next = sent.next_try_at.map_or_else(|| "–".to_owned(), minute);
    view! {
        <tr data-status=name>
            <th scope="row">{minute(sent.created_at)}</th>
            <td>{sent.title.clone()}</td>
            <td>{word}</td>
            <td class="num">{sent.tries}</td>
            <td>{answer}</td>
            <td>{next}</td>
        </tr>
    }
    .into_any()
}
