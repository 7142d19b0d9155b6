//! Signed-in devices.

#[cfg(feature = "ssr")]
use super::{
    super::answer::fail,
    caller::{Caller, field},
};
use super::{ApiClient, AppError, Outcome};
#[cfg(feature = "ssr")]
use domain::SessionId;
use leptos::prelude::*;

/// Ends one session; one's own is signed out.
#[server(prefix = "/_fn", endpoint = "auth/sessions/end", client = ApiClient)]
pub async fn end_session(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: SessionId = field("id", id.parse())?;
    let identity = caller.identity()?;
    let own = identity
        .access()
        .is_some_and(|access| access.session.id == id);
    let ended = caller.auth.end_session(identity, id, &caller.visitor).await;
    ended.map_err(fail)?;
    if own {
        return Ok(caller.signed_out(crate::account::SIGN_IN));
    }
    Ok(caller.done("/settings/sessions", "That device is signed out."))
}
