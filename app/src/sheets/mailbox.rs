//! Mails and text messages that were sent in development.

use super::{Page, Request, minute, nothing_here};
use crate::{error::AppError, functions::answer::fail, page_data::request::header};
use domain::api::{ApiError, ErrorCode};
use leptos::prelude::*;
use services::{
    config::AppEnv,
    notify::{DevMailbox, Kept, Part},
};

const TITLE: &str = "Mailbox";

/// The list, or one message.
pub(super) async fn page(request: &Request, id: Option<&str>) -> Result<Page, AppError> {
    let mailbox = request.services.notifier.mailbox();
    let config = &request.services.config;
    // Mails hold links that let whoever reads them in.
    let host = header("host").unwrap_or_default();
    let shown = config.app_env == AppEnv::Development
        && config.http.is_local()
        && config.http.is_own_host(&host);
    let mailbox = mailbox.filter(|_| shown).ok_or_else(nothing_here)?;
    let messages = read(mailbox, id).await?;
    let content = match (id, messages.first()) {
        (None, _) => list(&messages),
        (Some(_), Some(kept)) => message(kept),
        (Some(_), None) => return Err(nothing_here()),
    };
    let view = view! {
        <h1>{TITLE}</h1>
        {content}
    };
    Ok((TITLE, view.into_any()))
}

async fn read(mailbox: &DevMailbox, id: Option<&str>) -> Result<Vec<Kept>, AppError> {
    let all = mailbox.list().await.map_err(|_| {
        fail(ApiError::new(
            ErrorCode::Unavailable,
            "The mailbox can't be read.",
        ))
    })?;
    let wanted = |kept: &Kept| id.is_none_or(|id| kept.id.to_string() == id);
    Ok(all.into_iter().filter(wanted).collect())
}

fn list(messages: &[Kept]) -> AnyView {
    if messages.is_empty() {
        return view! { <p>"No message was sent yet."</p> }.into_any();
    }
    let rows = messages.iter().map(|kept| {
        let subject = kept
            .subject
            .clone()
            .unwrap_or_else(|| "Text message".to_owned());
        let href = format!("/dev/mailbox/{}", kept.id);
        view! {
            <li>
                <span>
                    <a href=href>{subject}</a> <br /> <small>{kept.to.clone()}</small>
                </span>
                <small>{minute(kept.at)}</small>
            </li>
        }
    });
    view! { <ul class="rows panel">{rows.collect_view()}</ul> }.into_any()
}

fn message(kept: &Kept) -> AnyView {
    let words = kept.parts().map(|part| match part {
        Part::Link(link) => {
            let [href, text] = [link.to_owned(), link.to_owned()];
            view! { <a href=href>{text}</a> }.into_any()
        }
        Part::Text(text) => text.to_owned().into_any(),
    });
    view! {
        <p>
            <a href="/dev/mailbox">"All messages"</a>
        </p>
        <article class="panel panel-body">
            <h2>{kept.subject.clone()}</h2>
            <p>
                <small>{kept.to.clone()} " · " {minute(kept.at)}</small>
            </p>
            <pre class="mail">{words.collect_view()}</pre>
        </article>
    }
    .into_any()
}
