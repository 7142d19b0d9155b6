//! New accounts and their addresses.

#[cfg(feature = "ssr")]
use super::{
    super::answer::fail,
    caller::{Caller, Fields, field},
};
use super::{ApiClient, AppError, Outcome};
use domain::account::Sensitive;
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::account::{SIGN_IN, flash::Flash},
    domain::account::{Email, Name},
    services::auth::Registered,
};

/// Where addresses are verified.
#[cfg(feature = "ssr")]
const SENT: &str = "A mail is on its way to you. Please follow the link in it to go on.";

/// Makes an account.
#[server(prefix = "/_fn", endpoint = "auth/register", client = ApiClient)]
pub async fn register(
    name: String,
    email: String,
    password: Sensitive,
    #[server(default)] next: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let name = fields.read("name", Name::parse(&name));
    let email = fields.read("email", Email::parse(&email));
    let (Some(name), Some(email)) = (name, email) else {
        return Err(fields.refuse());
    };
    let request = domain::account::Register {
        email: email.clone(),
        password,
        name,
    };
    let registered = caller.auth.register(request, &caller.visitor).await;
    Ok(match registered.map_err(fail)? {
        Registered::SignedIn(signed_in) => caller.signed_in(*signed_in, &next),
        Registered::VerificationSent => caller.unconfirmed(&email, Flash::done(SENT)),
    })
}

/// Confirms an address by the link in its mail.
#[server(prefix = "/_fn", endpoint = "auth/verify-email", client = ApiClient)]
pub async fn verify_email(#[server(default)] token: Sensitive) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let verified = caller
        .auth
        .verify_email(token.expose(), &caller.visitor)
        .await;
    verified.map_err(fail)?;
    let next = caller.identity().map_or(SIGN_IN, |_| "/settings");
    Ok(caller.done(next, "Your e-mail address is confirmed."))
}

/// Sends the link again.
#[server(prefix = "/_fn", endpoint = "auth/resend-verification", client = ApiClient)]
pub async fn resend_verification(email: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let email = field("email", Email::parse(&email))?;
    let sent = caller.auth.resend_verification(email.clone()).await;
    sent.map_err(fail)?;
    let text = "If this address needs to be confirmed, a mail is on its way.";
    Ok(match caller.identity() {
        Ok(_) => caller.done("/settings", text),
        Err(_) => caller.unconfirmed(&email, Flash::done(text)),
    })
}
