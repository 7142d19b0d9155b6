//! Signing in and out.

#[cfg(feature = "ssr")]
use super::{
    super::answer::fail,
    caller::{Caller, field},
};
use super::{ApiClient, AppError, Outcome};
use domain::account::Sensitive;
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::account::note::{HalfSignIn, Note},
    domain::{
        account::{self, Email},
        api::{ApiError, ErrorCode},
    },
    services::auth::AuthError,
};

/// What somebody is told whose first step counts no more.
#[cfg(feature = "ssr")]
const OVER: &str = "This sign-in is over, after five minutes or five tries. Please begin again.";

/// Signs in, or leads to the second factor.
#[server(prefix = "/_fn", endpoint = "auth/login", client = ApiClient)]
pub async fn login(
    email: String,
    password: Sensitive,
    #[server(default)] next: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let email = field("email", Email::parse(&email))?;
    let login = account::Login { email, password };
    let reached = caller.auth.login(login, &caller.visitor).await;
    Ok(caller.reached(reached.map_err(fail)?, &next))
}

/// The second step of signing in.
#[server(prefix = "/_fn", endpoint = "auth/2fa/verify", client = ApiClient)]
pub async fn second_factor(
    code: Sensitive,
    #[server(default)] next: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let request = account::SecondFactor {
        mfa_token: HalfSignIn::token().unwrap_or_else(|| Sensitive::new("")),
        code,
    };
    let verified = caller
        .auth
        .verify_second_factor(request, &caller.visitor)
        .await;
    if matches!(verified, Ok(_) | Err(AuthError::InvalidToken)) {
        Note::write(HalfSignIn::Over);
    }
    let signed_in = verified.map_err(|error| match error {
        AuthError::InvalidToken => fail(ApiError::new(ErrorCode::InvalidToken, OVER)),
        other => fail(other),
    })?;
    Ok(caller.signed_in(signed_in, &next))
}

/// Signs out.
#[server(prefix = "/_fn", endpoint = "auth/logout", client = ApiClient)]
pub async fn logout() -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    // Whose session has ended already is where they want to be.
    if let Ok(identity) = caller.identity() {
        let ended = caller.auth.logout(identity, &caller.visitor).await;
        ended.map_err(fail)?;
    }
    Ok(caller.signed_out(crate::account::SIGN_IN))
}

/// Signs out on every device.
#[server(prefix = "/_fn", endpoint = "auth/logout-all", client = ApiClient)]
pub async fn logout_all() -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let ended = caller
        .auth
        .logout_all(caller.identity()?, &caller.visitor)
        .await;
    ended.map_err(fail)?;
    Ok(caller.signed_out(crate::account::SIGN_IN))
}
