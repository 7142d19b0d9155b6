//! Passwords: forgotten ones, and new ones.

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
    crate::account::{SIGN_IN, flash::Flash},
    domain::account::{self, Email},
};

/// Where passwords are changed.
#[cfg(feature = "ssr")]
const SECURITY: &str = "/settings/security";

/// Sends a link to set a new password. The answer is the same whether or not there is an account.
#[server(prefix = "/_fn", endpoint = "auth/forgot-password", client = ApiClient)]
pub async fn forgot_password(email: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let email = field("email", Email::parse(&email))?;
    let sent = caller.auth.forgot_password(email).await;
    sent.map_err(fail)?;
    let text = "If there is an account with this address, a mail with a link is on its way.";
    // Who is signed in is led on from there and would not see it.
    let next = caller.identity().map_or(SIGN_IN, |_| SECURITY);
    Ok(caller.done(next, text))
}

/// Sets a new password by the link in the mail.
#[server(prefix = "/_fn", endpoint = "auth/reset-password", client = ApiClient)]
pub async fn reset_password(
    #[server(default)] token: Sensitive,
    password: Sensitive,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let request = account::ResetPassword { token, password };
    let set = caller.auth.reset_password(request, &caller.visitor).await;
    set.map_err(fail)?;
    let text = "Your new password is set. Please sign in with it.";
    caller.say(SIGN_IN, Flash::done(text));
    Ok(caller.signed_out(SIGN_IN))
}

/// Changes the password. Ends all other sessions.
#[server(prefix = "/_fn", endpoint = "auth/change-password", client = ApiClient)]
pub async fn change_password(
    current_password: Sensitive,
    new_password: Sensitive,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let request = account::ChangePassword {
        current_password,
        new_password,
    };
    let changed = caller
        .auth
        .change_password(caller.identity()?, request, &caller.visitor)
        .await;
    changed.map_err(fail)?;
    let text = "Your password is changed. Other devices are signed out.";
    Ok(caller.done(SECURITY, text))
}
