//! The second factor, and a fresh proof of it.

use super::{
    super::{extract::NoParameters, payload::Payload},
    answer::{Done, RecoveryCodes, UserAnswer, done, private},
};
use crate::{problem::Failure, rest::json::Json, session::Person, state::AppState};
use axum::{extract::State, response::Response};
use domain::account::{StepUp, TotpCode, TotpSetup, User};

/// Set up a second factor
///
/// Gives a secret for an authenticator app. It counts once `/api/auth/2fa/enable` was called.
#[utoipa::path(post, path = "/api/auth/2fa/setup", tag = "accounts", responses(
    (status = 200, description = "For the app", body = TotpSetup),
))]
pub(super) async fn setup(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
) -> Result<Response, Failure> {
    let setup = state
        .services
        .auth
        .set_up_second_factor(&identity, &visitor)
        .await?;
    Ok(private(Json(setup)))
}

/// Enable the second factor
///
/// With a code that shows that the app works. Ends all other sessions.
#[utoipa::path(post, path = "/api/auth/2fa/enable", tag = "accounts", request_body = TotpCode, responses(
    (status = 200, description = "Enabled", body = RecoveryCodes),
))]
pub(super) async fn enable(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<TotpCode>,
) -> Result<Response, Failure> {
    let auth = &state.services.auth;
    let code = request.code.expose();
    let recovery_codes = auth.enable_second_factor(&identity, code, &visitor).await?;
    Ok(private(Json(RecoveryCodes { recovery_codes })))
}

/// Disable the second factor
///
/// Needs a fresh second factor (`/api/auth/step-up`).
#[utoipa::path(post, path = "/api/auth/2fa/disable", tag = "accounts", responses(
    (status = 200, description = "Disabled", body = UserAnswer),
))]
pub(super) async fn disable(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
) -> Result<Response, Failure> {
    let user = state
        .services
        .auth
        .disable_second_factor(&identity, &visitor)
        .await?;
    let user = User::from(&user);
    Ok(private(Json(UserAnswer { user })))
}

/// Make new recovery codes
///
/// The old ones don't count any more. Needs a fresh second factor (`/api/auth/step-up`).
#[utoipa::path(post, path = "/api/auth/2fa/recovery-codes", tag = "accounts", responses(
    (status = 200, description = "The new codes", body = RecoveryCodes),
))]
pub(super) async fn recovery_codes(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
) -> Result<Response, Failure> {
    let recovery_codes = state
        .services
        .auth
        .new_recovery_codes(&identity, &visitor)
        .await?;
    Ok(private(Json(RecoveryCodes { recovery_codes })))
}

/// Prove again who is there
///
/// With a code of the second factor; with the password where none is set up; with a wallet's
/// signature for an account that has neither. Counts for 5 minutes.
#[utoipa::path(post, path = "/api/auth/step-up", tag = "accounts", request_body = StepUp, responses(
    (status = 200, description = "Proved", body = Done),
))]
pub(super) async fn step_up(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<StepUp>,
) -> Result<Json<Done>, Failure> {
    state
        .services
        .auth
        .step_up(&identity, request, &visitor)
        .await?;
    Ok(done())
}
