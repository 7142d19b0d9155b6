//! Webhooks: those there are, a new one, and what was sent to one of them.

mod log;

use super::super::{
    Request,
    form::{Field, Form},
    minute,
    panel::{panel, panel_shown_once},
};
use crate::{
    error::AppError,
    functions::{
        answer::fail,
        webhooks::{AddWebhook, DeleteWebhook, TestWebhook},
    },
};
use domain::{
    notification::Topic,
    webhook::{MOST_WEBHOOKS, Webhook},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

/// How a receiver sees that a message is ours; a test runs it.
const VERIFY: &str = "\
import hashlib, hmac, time

def is_genuine(secret, headers, body):
    stamp = headers[\"X-Timestamp\"]
    signed = stamp.encode() + b\".\" + body
    mac = hmac.new(secret.encode(), signed, hashlib.sha256)
    good = \"sha256=\" + mac.hexdigest()
    is_new = abs(time.time() - int(stamp)) < 300
    return is_new and hmac.compare_digest(good, headers[\"X-Signature\"])
";

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let webhooks = request.services.webhooks.list(identity).await;
    let webhooks = webhooks.map_err(fail)?;
    let log = log::section(request, identity, &webhooks).await?;
    let is_full = u32::try_from(webhooks.len()).is_ok_and(|count| count >= MOST_WEBHOOKS);
    let new = match is_full {
        true => view! { <p>"You have "{MOST_WEBHOOKS}" webhooks. Please delete one first."</p> }
            .into_any(),
        false => new(request),
    };
    let view = view! {
        {made(request)}
        {panel("Webhooks", list(request, &webhooks))}
        {log}
        {panel("New webhook", new)}
        {panel("How a receiver verifies a message", verify())}
    };
    Ok(view.into_any())
}

fn list(request: &Request, webhooks: &[Webhook]) -> AnyView {
    if webhooks.is_empty() {
        let nothing = "There are none yet. A program of yours can be told what you are told, the moment it happens.";
        return view! { <p>{nothing}</p> }.into_any();
    }
    let rows: Vec<_> = webhooks
        .iter()
        .map(|webhook| row(request, webhook))
        .collect();
    view! {
        <ul class="rows" data-testid="webhooks">
            {rows}
        </ul>
    }
    .into_any()
}

fn row(request: &Request, webhook: &Webhook) -> AnyView {
    let (id, url) = (webhook.id.to_string(), webhook.url.clone());
    let note = webhook.description.as_str().to_owned();
    let note = (!note.is_empty()).then(|| view! { {note} <br /> });
    let topics: Vec<_> = webhook.topics.iter().map(|topic| topic.title()).collect();
    let facts = format!("{}; made {}", topics.join(", "), webhook.created_at.date());
    let test = Form::new(request, &format!("test-{id}"), TestWebhook::PATH)
        .hidden("id", id.clone())
        .labelled(format!("Send a test to {url}"))
        .view("Send a test", "button");
    let delete = Form::new(request, &format!("delete-{id}"), DeleteWebhook::PATH)
        .hidden("id", id.clone())
        .labelled(format!("Delete for good: {url}"))
        .view("Delete for good", "button danger");
    let log = format!("/settings/webhooks?log={id}");
    view! {
        <li>
            <span>
                {url.clone()} <br /> {note} <small>{facts}</small> <br /> {state(webhook)}
            </span>
            <div class="cluster">
                {test}
                <a class="button" href=log aria-label=format!("What was sent to {url}")>
                    "What was sent"
                </a>
                <details>
                    <summary aria-label=format!("Delete {url}")>"Delete"</summary>
                    <p>"It is told nothing more, and the list of what was sent to it goes, too."</p>
                    {delete}
                </details>
            </div>
        </li>
    }
    .into_any()
}

fn state(webhook: &Webhook) -> AnyView {
    let given_up = webhook.given_up;
    match webhook.switched_off_at {
        Some(at) => view! {
            <strong class="chip">"Switched off"</strong>
            <small>
                " since " {minute(at)} ": " {given_up}
                " messages in a row were given up. Send a test: if it arrives, it is switched on again."
            </small>
        }
        .into_any(),
        None if given_up > 0 => {
            let what = if given_up == 1 { "message was" } else { "messages were" };
            view! { <span class="chip">"On"</span> <small>" " {given_up} " " {what} " given up last."</small> }
                .into_any()
        }
        None => view! { <span class="chip">"On"</span> }.into_any(),
    }
}

fn new(request: &Request) -> AnyView {
    let topics: Vec<_> = Topic::ALL
        .into_iter()
        .map(|topic| (topic.as_str(), topic.title()))
        .collect();
    Form::new(request, "new-webhook", AddWebhook::PATH)
        .field(
            Field::new("url", "Address", "url", "off")
                .hint("Where messages are posted, such as https://bot.example/hook."),
        )
        .choices("topics", "It is told of", &topics)
        .field(
            Field::new("description", "Description", "text", "off")
                .hint("What it is for.")
                .optional(),
        )
        .view("Make webhook", "button primary")
}

/// The secret of a webhook, on the one page after it was made.
fn made(request: &Request) -> Option<AnyView> {
    let value = |wanted: &str| {
        let mut shown = request.flash.shown_once.iter();
        let found = shown.find(|(name, _)| name == wanted)?;
        Some(found.1.expose().to_owned())
    };
    let (url, secret) = (value("webhook")?, value("secret")?);
    let view = view! {
        <p>"Give the secret to the receiver: it is shown only now. How to use it stands below."</p>
        <dl>
            <dt>"Address"</dt>
            <dd class="secret">{url}</dd>
            <dt>"Secret"</dt>
            <dd class="secret" data-testid="webhook-secret">
                {secret}
            </dd>
        </dl>
    };
    Some(panel_shown_once(request, "Your new webhook", view))
}

fn verify() -> AnyView {
    view! {
        <p>
            "Each message is a POST with JSON: "<code>"id, type, title, text, link, created_at"</code>
            ". Answer with any 2xx within 10 seconds; whatever else comes is tried again for 24 hours. "
            <code>"X-Delivery-Id"</code>" is the same for every try."
        </p>
        <p>
            <code>"X-Signature"</code>" is "<code>"sha256="</code>" and the HMAC-SHA256, keyed with the secret, \
             over "<code>"X-Timestamp"</code>", a full stop and the body as it came. In Python:"
        </p>
        <pre class="secret" data-testid="verify">{VERIFY}</pre>
    }
    .into_any()
}
