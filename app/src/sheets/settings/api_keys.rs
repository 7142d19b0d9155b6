//! Keys of programs.

use super::super::{
    Request,
    confirm::fresh,
    form::{Field, Form},
    panel::{panel, panel_shown_once},
};
use crate::{
    error::AppError,
    functions::{
        answer::fail,
        auth::api_keys::{DeleteApiKey, MakeApiKey},
    },
};
use domain::account::ApiKey;
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;
use time::OffsetDateTime;

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let keys = request.services.auth.api_keys(identity).await;
    let keys = keys.map_err(fail)?;
    let list = if keys.is_empty() {
        view! { <p>"There are none yet. A key lets a program act for you."</p> }.into_any()
    } else {
        let rows = keys.into_iter().map(|key| row(request, key));
        view! {
            <ul class="rows" data-testid="api-keys">
                {rows.collect_view()}
            </ul>
        }
        .into_any()
    };
    let view = view! {
        {made(request)}
        {panel("API keys", list)}
        {fresh(
            request,
            identity,
            "New key",
            "make a key",
            &[MakeApiKey::PATH],
            || new(request),
        )}
    };
    Ok(view.into_any())
}

fn new(request: &Request) -> AnyView {
    let networks = "Addresses or networks such as 192.0.2.0/24, parted by commas. Empty: anywhere. Needed for withdrawals.";
    Form::new(request, "new-key", MakeApiKey::PATH)
        .field(Field::new("name", "Name", "text", "off").hint("What it is for."))
        .tick("read", "Read")
        .tick("trade", "Trade")
        .tick("withdraw", "Withdraw")
        .slot("scopes")
        .field(
            Field::new("ip_allow_list", "Allowed addresses", "text", "off")
                .hint(networks)
                .optional(),
        )
        .field(
            Field::new("expires_at", "Last day", "date", "off")
                .hint("Empty: it never ends.")
                .optional(),
        )
        .view("Make key", "button primary")
}

fn row(request: &Request, key: ApiKey) -> AnyView {
    let id = key.id.to_string();
    let form =
        Form::new(request, &format!("delete-{id}"), DeleteApiKey::PATH).hidden("id", id.clone());
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let day = |at: Option<OffsetDateTime>| {
        at.map_or_else(|| "never".to_owned(), |at| at.date().to_string())
    };
    let facts = format!(
        "{}; ends {}; last used {}",
        scopes.join(", "),
        day(key.expires_at),
        day(key.last_used_at)
    );
    view! {
        <li>
            <span>
                {key.name} <br /> <small>{id}</small> <br /> <small>{facts}</small>
            </span>
            {form.view("Delete", "button")}
        </li>
    }
    .into_any()
}

/// The secret of a key, on the one page after it was made.
fn made(request: &Request) -> Option<AnyView> {
    let value = |wanted: &str| {
        let mut shown = request.flash.shown_once.iter();
        let found = shown.find(|(name, _)| name == wanted)?;
        Some(found.1.expose().to_owned())
    };
    let (id, secret) = (value("key_id")?, value("secret")?);
    let view = view! {
        <p>"Keep the secret somewhere safe: it is shown only now."</p>
        <dl>
            <dt>"Key"</dt>
            <dd class="secret">{id}</dd>
            <dt>"Secret"</dt>
            <dd class="secret" data-testid="api-secret">
                {secret}
            </dd>
        </dl>
    };
    Some(panel_shown_once(request, "Your new key", view))
}
