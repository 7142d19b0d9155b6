//! Passwords.

use super::{
    super::payload::Payload,
    answer::{Done, done},
};
use crate::{
    problem::Failure,
    rest::json::Json,
    session::{From, Person},
    state::AppState,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use domain::account::{ChangePassword, ForgotPassword, ResetPassword};
use http::StatusCode;

/// Change the password
///
/// Ends all other sessions.
#[utoipa::path(post, path = "/api/auth/change-password", tag = "accounts", request_body = ChangePassword, responses(
    (status = 200, description = "Changed", body = Done),
))]
pub(super) async fn change(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<ChangePassword>,
) -> Result<Json<Done>, Failure> {
    state
        .services
        .auth
        .change_password(&identity, request, &visitor)
        .await?;
    Ok(done())
}

/// Ask for a link to set a new password
///
/// Public. The answer is the same whether or not there is such an account.
#[utoipa::path(post, path = "/api/auth/forgot-password", tag = "accounts", request_body = ForgotPassword, responses(
    (status = 202, description = "Sent, if there is such an account", body = Done),
))]
pub(super) async fn forgot(
    State(state): State<AppState>,
    Payload(request): Payload<ForgotPassword>,
) -> Result<Response, Failure> {
    state.services.auth.forgot_password(request.email).await?;
    Ok((StatusCode::ACCEPTED, Json(Done { status: "sent" })).into_response())
}

/// Set a new password
///
/// Public: with the token of the link in the mail. Ends every session.
#[utoipa::path(post, path = "/api/auth/reset-password", tag = "accounts", request_body = ResetPassword, responses(
    (status = 200, description = "Set", body = Done),
))]
pub(super) async fn reset(
    State(state): State<AppState>,
    From(visitor): From,
    Payload(request): Payload<ResetPassword>,
) -> Result<Json<Done>, Failure> {
    state
        .services
        .auth
        .reset_password(request, &visitor)
        .await?;
    Ok(done())
}
