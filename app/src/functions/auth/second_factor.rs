//! The second factor, and fresh proofs of who is there.

#[cfg(feature = "ssr")]
use super::{super::answer::fail, caller::Caller, waiting, wallet::as_signed};
use super::{ApiClient, AppError, Outcome};
use domain::account::Sensitive;
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::{account::flash::Flash, page_data::request},
    domain::account,
};

/// Where it is set up.
#[cfg(feature = "ssr")]
const PAGE: &str = "/settings/security";

#[cfg(feature = "ssr")]
fn shown_once(codes: Vec<String>, done: &str) -> Flash {
    let codes = codes.into_iter().map(Sensitive::new);
    Flash {
        shown_once: codes
            .map(|code| ("recovery_code".to_owned(), code))
            .collect(),
        ..Flash::done(done)
    }
}

/// Makes a secret for the authenticator app, which the page shows.
#[server(prefix = "/_fn", endpoint = "auth/2fa/setup", client = ApiClient)]
pub async fn set_up() -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let made = caller
        .auth
        .set_up_second_factor(caller.identity()?, &caller.visitor)
        .await;
    made.map_err(fail)?;
    Ok(caller.go(PAGE))
}

/// Asks for a code from now on.
#[server(prefix = "/_fn", endpoint = "auth/2fa/enable", client = ApiClient)]
pub async fn enable(code: Sensitive) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let enabled = caller
        .auth
        .enable_second_factor(caller.identity()?, code.expose(), &caller.visitor)
        .await;
    let codes = enabled.map_err(fail)?;
    Ok(caller.tell(PAGE, shown_once(codes, "The second factor is on.")))
}

/// Asks for no code any more.
#[server(prefix = "/_fn", endpoint = "auth/2fa/disable", client = ApiClient)]
pub async fn disable() -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let disabled = caller
        .auth
        .disable_second_factor(caller.identity()?, &caller.visitor)
        .await;
    let user = disabled.map_err(fail)?;
    Ok(caller.changed(&user, PAGE, "The second factor is off."))
}

/// Makes new recovery codes.
#[server(prefix = "/_fn", endpoint = "auth/2fa/recovery-codes", client = ApiClient)]
pub async fn recovery_codes() -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let made = caller
        .auth
        .new_recovery_codes(caller.identity()?, &caller.visitor)
        .await;
    let codes = made.map_err(fail)?;
    let flash = shown_once(codes, "The old recovery codes count no more.");
    Ok(caller.tell(PAGE, flash))
}

/// Takes a fresh proof of who is there, and does what waited for it or leads back to what it is for.
#[server(prefix = "/_fn", endpoint = "auth/step-up", client = ApiClient)]
pub async fn step_up(
    #[server(default)] code: Option<Sensitive>,
    #[server(default)] password: Option<Sensitive>,
    #[server(default)] message: Option<String>,
    #[server(default)] signature: Option<String>,
    #[server(default)] next: String,
    #[server(default)] then: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let proof = account::StepUp {
        code,
        password,
        message: message.as_deref().map(as_signed),
        signature,
    };
    let identity = caller.identity()?;
    let shown = caller.auth.step_up(identity, proof, &caller.visitor).await;
    request::replace_extension(shown.map_err(fail)?);
    match waiting::act(&then).await {
        Some(Ok(outcome)) => Ok(outcome),
        // The proof counts all the same: the page shows the form again, with what is wrong.
        Some(Err(error)) => Ok(caller.tell(&next, waiting::failed(&then, error))),
        None => Ok(caller.done(&next, "Thank you. For five minutes nothing more is asked.")),
    }
}
