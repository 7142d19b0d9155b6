//! Keys of programs.

#[cfg(feature = "ssr")]
use super::{
    super::answer::fail,
    caller::{Caller, Fields, field},
};
use super::{ApiClient, AppError, Outcome};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::account::flash::Flash,
    domain::{
        ApiKeyId,
        account::{ApiKeyMade, Name, NewApiKey, Scope, Sensitive},
    },
    time::{OffsetDateTime, format_description::well_known::Rfc3339},
};

/// Where they are listed.
#[cfg(feature = "ssr")]
const PAGE: &str = "/settings/api-keys";

/// Makes a key. Its secret is shown on the next page, and never again.
#[server(prefix = "/_fn", endpoint = "auth/api-keys/make", client = ApiClient)]
pub async fn make_api_key(
    name: String,
    #[server(default)] read: String,
    #[server(default)] trade: String,
    #[server(default)] withdraw: String,
    #[server(default)] ip_allow_list: String,
    #[server(default)] expires_at: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let scopes = [
        (read, Scope::Read),
        (trade, Scope::Trade),
        (withdraw, Scope::Withdraw),
    ];
    let new = new_key(&name, scopes, &ip_allow_list, &expires_at)?;
    let identity = caller.identity()?;
    let made = caller
        .auth
        .make_api_key(identity, new, &caller.visitor)
        .await;
    Ok(caller.tell(PAGE, shown(made.map_err(fail)?)))
}

/// Deletes a key.
#[server(prefix = "/_fn", endpoint = "auth/api-keys/delete", client = ApiClient)]
pub async fn delete_api_key(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: ApiKeyId = field("id", id.parse())?;
    let deleted = caller
        .auth
        .delete_api_key(caller.identity()?, id, &caller.visitor)
        .await;
    deleted.map_err(fail)?;
    Ok(caller.done(PAGE, "The key is deleted."))
}

#[cfg(feature = "ssr")]
fn shown(made: ApiKeyMade) -> Flash {
    Flash {
        shown_once: vec![
            ("key_id".to_owned(), Sensitive::new(made.key_id.to_string())),
            ("secret".to_owned(), made.secret),
        ],
        ..Flash::done("The key is made. Its secret is shown only now.")
    }
}

#[cfg(feature = "ssr")]
fn new_key(
    name: &str,
    scopes: [(String, Scope); 3],
    networks: &str,
    expires: &str,
) -> Result<NewApiKey, AppError> {
    let mut fields = Fields::default();
    let name = fields.read("name", Name::parse(name));
    let expires_at = fields.read("expires_at", end_of_day(expires));
    let (Some(name), Some(expires_at)) = (name, expires_at) else {
        return Err(fields.refuse());
    };
    let ticked = scopes.into_iter().filter(|(tick, _)| !tick.is_empty());
    let networks = networks.split([',', ' ', '\n']).map(str::trim);
    Ok(NewApiKey {
        name,
        scopes: ticked.map(|(_, scope)| scope).collect(),
        ip_allow_list: networks
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        expires_at,
    })
}

/// The end of a day such as 2027-01-31, in UTC; nothing when none is given.
#[cfg(feature = "ssr")]
fn end_of_day(day: &str) -> Result<Option<OffsetDateTime>, &'static str> {
    let day = day.trim();
    if day.is_empty() {
        return Ok(None);
    }
    let end = OffsetDateTime::parse(&format!("{day}T23:59:59Z"), &Rfc3339);
    end.map(Some)
        .map_err(|_| "must be a day such as 2027-01-31")
}
