//! What administrators do to accounts and withdrawals. Whoever is none is refused before anything of the
//! form is read.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    domain::{UserId, account::Role, admin::ChangeUser, exchange::id::TransferId},
    services::exchange::Decision,
};

/// Where withdrawals wait.
#[cfg(feature = "ssr")]
const WITHDRAWALS: &str = "/admin/withdrawals";

/// Gives an account a role: suspends it or reinstates it, appoints an administrator or dismisses one.
#[server(prefix = "/_fn", endpoint = "admin/users/role", client = ApiClient)]
pub async fn set_role(
    #[server(default)] user: String,
    #[server(default)] role: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    caller.administrator()?;
    let role: Role = field("role", role.parse())?;
    let done = match role {
        Role::User => "The account is a user's now.",
        Role::Admin => "The account is an administrator's now.",
        Role::Suspended => "The account is suspended, and signed out everywhere.",
    };
    let role = Some(role);
    let change = ChangeUser {
        role,
        ..ChangeUser::default()
    };
    change_user(&caller, &user, change, done).await
}

/// Signs an account out everywhere.
#[server(prefix = "/_fn", endpoint = "admin/users/end-sessions", client = ApiClient)]
pub async fn end_sessions(#[server(default)] user: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    caller.administrator()?;
    let change = ChangeUser {
        end_sessions: Some(true),
        ..ChangeUser::default()
    };
    change_user(
        &caller,
        &user,
        change,
        "The account is signed out everywhere.",
    )
    .await
}

/// Asks an account for no second factor any more.
#[server(prefix = "/_fn", endpoint = "admin/users/reset-two-factor", client = ApiClient)]
pub async fn reset_two_factor(#[server(default)] user: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    caller.administrator()?;
    let change = ChangeUser {
        reset_two_factor: Some(true),
        ..ChangeUser::default()
    };
    let done =
        "The second factor is off, the account is signed out everywhere, and its owner is told.";
    change_user(&caller, &user, change, done).await
}

/// Approves or rejects a withdrawal that waits.
#[server(prefix = "/_fn", endpoint = "admin/withdrawals/decide", client = ApiClient)]
pub async fn decide_withdrawal(
    #[server(default)] withdrawal: String,
    #[server(default)] decision: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let identity = caller.administrator()?;
    let id: TransferId = field("withdrawal", withdrawal.parse())?;
    let (decision, done) = match decision.as_str() {
        "approve" => (Decision::Approve, "The withdrawal is approved, and sent."),
        "reject" => (
            Decision::Reject,
            "The withdrawal is rejected, and its money free again.",
        ),
        _ => return field("decision", Err("must be approve or reject")),
    };
    let exchange = services()?.exchange;
    let decided = exchange.decide_withdrawal(identity, id, decision, &caller.visitor);
    decided.await.map_err(fail)?;
    Ok(caller.done(WITHDRAWALS, done))
}

#[cfg(feature = "ssr")]
async fn change_user(
    caller: &Caller,
    user: &str,
    change: ChangeUser,
    done: &str,
) -> Result<Outcome, AppError> {
    let id: UserId = field("user", user.parse())?;
    let (admin, identity) = (services()?.admin, caller.administrator()?);
    let changed = admin.change_user(identity, id, change, &caller.visitor);
    changed.await.map_err(fail)?;
    Ok(caller.done(&format!("/admin/users/{id}"), done))
}
