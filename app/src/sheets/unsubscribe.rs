//! Where the link in a mail leads that ends such mails. A button, not the link itself, ends them: programs
//! that look into mails follow links.

use super::{
    Page, Request,
    form::{Form, done, failed},
};
use crate::{
    error::AppError,
    functions::{answer::fail, unsubscribe::Unsubscribe},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::notifications::{NotificationError, Subscription};

const TITLE: &str = "Mails you get";

pub(super) async fn page(request: &Request) -> Result<Page, AppError> {
    let token = request.query("token").unwrap_or_default();
    let notifications = &request.services.notifications;
    let found = notifications
        .subscription(&token, request.identity.as_ref())
        .await;
    let content = match found {
        Ok(found) if found.is_on => ask(request, token, found),
        Ok(found) => ended(found),
        Err(NotificationError::NoLink) => {
            nothing("This link is not complete, or none of ours, or too old. Nothing was changed.")
        }
        Err(NotificationError::OtherAccount) => nothing(
            "This link is for another account than the one you are signed in with. Nothing was changed.",
        ),
        Err(error) => return Err(fail(error)),
    };
    let view = view! {
        <section class="panel auth-card">
            <h1>{TITLE}</h1>
            {failed(request)}
            {done(request)}
            {content}
            <p class="form-links">
                <a href="/settings/notifications">"What you are told, and how"</a>
            </p>
        </section>
    };
    Ok((TITLE, view.into_any()))
}

fn ask(request: &Request, token: String, found: Subscription) -> AnyView {
    let about = found.topic.about();
    let form = Form::new(request, "unsubscribe", Unsubscribe::PATH)
        .hidden("token", token)
        .view(&format!("Turn off mails about {about}"), "button primary");
    view! {
        <p>"You are told of " {about} " by e-mail. On the page you are told of them in any case."</p>
        {form}
    }
    .into_any()
}

fn ended(found: Subscription) -> AnyView {
    let about = found.topic.about();
    view! { <p>"Mails about " {about} " are turned off. You can turn them on again in your settings."</p> }
        .into_any()
}

fn nothing(why: &'static str) -> AnyView {
    view! { <p>{why}</p> }.into_any()
}
