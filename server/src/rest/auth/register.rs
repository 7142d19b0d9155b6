//! New accounts.

use super::{
    super::payload::Payload,
    answer::{Done, UserAnswer, done, private, signed_in},
};
use crate::{
    problem::{Failure, Problem},
    rest::json::Json,
    session::From,
    state::AppState,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use domain::account::{Register, ResendVerification, VerifyEmail};
use http::StatusCode;
use services::auth::Registered;

/// Make an account
///
/// Public. Signs in at once, unless the address has to be verified first: then the answer is 202,
/// whether or not there is such an account already.
#[utoipa::path(post, path = "/api/auth/register", tag = "accounts", request_body = Register, responses(
    (status = 201, description = "Signed in", body = UserAnswer),
    (status = 202, description = "A mail was sent", body = Done),
    (status = 409, description = "The address is taken", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn register(
    State(state): State<AppState>,
    From(visitor): From,
    Payload(request): Payload<Register>,
) -> Result<Response, Failure> {
    Ok(
        match state.services.auth.register(request, &visitor).await? {
            Registered::SignedIn(user) => signed_in(&state, StatusCode::CREATED, &user),
            Registered::VerificationSent => {
                let status = "verification_sent";
                private((StatusCode::ACCEPTED, Json(Done { status })))
            }
        },
    )
}

/// Verify an address
///
/// Public: with the token of the link in the mail.
#[utoipa::path(post, path = "/api/auth/verify-email", tag = "accounts", request_body = VerifyEmail, responses(
    (status = 200, description = "Verified", body = Done),
))]
pub(super) async fn verify_email(
    State(state): State<AppState>,
    From(visitor): From,
    Payload(request): Payload<VerifyEmail>,
) -> Result<Json<Done>, Failure> {
    let auth = &state.services.auth;
    auth.verify_email(request.token.expose(), &visitor).await?;
    Ok(done())
}

/// Send the link again
///
/// Public. The answer is the same whether or not there is such an account.
#[utoipa::path(post, path = "/api/auth/resend-verification", tag = "accounts", request_body = ResendVerification, responses(
    (status = 202, description = "Sent, if there is an account that needs it", body = Done),
))]
pub(super) async fn resend_verification(
    State(state): State<AppState>,
    Payload(request): Payload<ResendVerification>,
) -> Result<Response, Failure> {
    state
        .services
        .auth
        .resend_verification(request.email)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(Done { status: "sent" })).into_response())
}
