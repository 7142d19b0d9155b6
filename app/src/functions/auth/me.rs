//! One's own account.

#[cfg(feature = "ssr")]
use super::{
    super::answer::{fail, services},
    caller::{Caller, field},
};
use super::{ApiClient, AppError, Outcome};
#[cfg(feature = "ssr")]
use domain::account::{self, Name};
use leptos::prelude::*;

/// Changes the name.
#[server(prefix = "/_fn", endpoint = "auth/me/update", client = ApiClient)]
pub async fn update_me(name: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let name = Some(field("name", Name::parse(&name))?);
    let request = account::UpdateMe { name };
    let changed = caller
        .auth
        .update_me(caller.identity()?, request, &caller.visitor)
        .await;
    let user = changed.map_err(fail)?;
    Ok(caller.changed(&user, "/settings", "Your name is changed."))
}

/// Deletes the account.
#[server(prefix = "/_fn", endpoint = "auth/me/delete", client = ApiClient)]
pub async fn delete_me(#[server(default)] confirm: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let confirm = confirm.trim().to_lowercase();
    let request = account::DeleteMe { confirm };
    let deleted = services()?
        .exchange
        .delete_account(caller.identity()?, &request, &caller.visitor)
        .await;
    deleted.map_err(fail)?;
    Ok(caller.signed_out("/markets"))
}
