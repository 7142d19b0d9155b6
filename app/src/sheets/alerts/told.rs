//! What one was told.

use crate::{
    error::AppError,
    functions::{alerts::ReadNotifications, answer::fail},
    sheets::{Request, form::Form, minute, panel::panel},
};
use domain::notification::Notification;
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

/// So many are shown.
const SHOWN: u32 = 50;

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let notifications = &request.services.notifications;
    let told = notifications.list(identity, None, SHOWN).await;
    let told = told.map_err(fail)?;
    let unread = notifications.unread(identity).await.map_err(fail)?;
    let Some(newest) = told.first() else {
        let nothing = view! { <p>"Nothing yet."</p> };
        return Ok(panel("What you were told", nothing));
    };
    let read = (unread > 0).then(|| {
        Form::new(request, "read", ReadNotifications::PATH)
            .hidden("up_to", newest.sequence.to_string())
            .view("Mark all as read", "button")
    });
    let rows: Vec<_> = told.iter().map(row).collect();
    let list = view! {
        {read}
        <ul class="rows" data-testid="notifications">
            {rows}
        </ul>
        <p class="muted">
            <a href="/settings/notifications">"What you are told by e-mail"</a>
        </p>
    };
    Ok(panel("What you were told", list))
}

fn row(told: &Notification) -> AnyView {
    let message = &told.message;
    let title = message.title.clone();
    let title = match message.link.clone() {
        Some(link) => view! { <a href=link>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    let new = (!told.read).then(|| view! { <span class="badge">"New"</span> });
    view! {
        <li data-read=told.read.to_string()>
            <div>
                <p>
                    <strong>{title}</strong>
                    " "
                    {new}
                </p>
                <p>{message.text.clone()}</p>
                <small class="muted">{minute(message.created_at)}</small>
            </div>
        </li>
    }
    .into_any()
}
