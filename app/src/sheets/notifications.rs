//! What one was told.

use super::{
    Page, Request,
    filters::pager,
    form::{Form, done, failed},
    minute,
    panel::panel,
};
use crate::{
    error::AppError,
    functions::{alerts::ReadNotifications, answer::fail},
};
use domain::notification::Notification;
use leptos::{prelude::*, server_fn::ServerFn};

/// So many are shown at a time.
const SHOWN: u32 = 50;

pub(super) async fn page(request: &Request) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let notifications = &request.services.notifications;
    let before = request.query("before");
    let before = before.and_then(|before| before.parse().ok());
    let told = notifications.list(identity, before, SHOWN).await;
    let told = told.map_err(fail)?;
    let unread = notifications.unread(identity).await.map_err(fail)?;
    let view = view! {
        <h1>"Notifications"</h1>
        {failed(request)}
        {done(request)}
        {panel("What you were told", list(request, &told, unread))}
        <p class="muted">
            <a href="/settings/notifications">"What you are told, and how"</a>
            " · "
            <a href="/alerts">"Alerts"</a>
        </p>
    };
    Ok(("Notifications", view.into_any()))
}

fn list(request: &Request, told: &[Notification], unread: u64) -> AnyView {
    let is_first = request.query("before").is_none();
    let Some((newest, oldest)) = told.first().zip(told.last()) else {
        let nothing = if is_first {
            "Nothing yet. You are told here of your alerts, of orders that were filled, of withdrawals \
             and of sign-ins on new devices."
        } else {
            "Nothing older."
        };
        return view! { <p>{nothing}</p> }.into_any();
    };
    let read = (unread > 0 && is_first).then(|| {
        Form::new(request, "read", ReadNotifications::PATH)
            .hidden("up_to", newest.sequence.to_string())
            .view("Mark all as read", "button")
    });
    let is_full = u32::try_from(told.len()).is_ok_and(|count| count >= SHOWN);
    let older = is_full.then(|| format!("/notifications?before={}", oldest.sequence));
    let newest = (!is_first).then(|| "/notifications".to_owned());
    let rows: Vec<_> = told.iter().map(row).collect();
    view! {
        {read}
        <ul class="rows" data-testid="notifications">
            {rows}
        </ul>
        {pager(newest, older)}
    }
    .into_any()
}

fn row(told: &Notification) -> AnyView {
    let message = &told.message;
    let title = message.title.clone();
    let title = match message.link.clone() {
        Some(link) => view! { <a href=link>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    let new = (!told.read).then(|| view! { <span class="chip">"New"</span> });
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
