//! One's own account.

use super::{
    super::{extract::NoParameters, payload::Payload},
    answer::{UserAnswer, private, signed_out},
};
use crate::{
    problem::Failure,
    rest::json::Json,
    session::{Person, Reader},
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::account::{DeleteMe, Export, UpdateMe, User};

/// Who am I
///
/// Signed in, or with an API key that has the scope `read`.
#[utoipa::path(get, path = "/api/auth/me", tag = "accounts", responses(
    (status = 200, description = "The account", body = UserAnswer),
))]
pub(super) async fn get(_: NoParameters, Reader(identity): Reader) -> Response {
    let user = User::from(&identity.user);
    private(Json(UserAnswer { user }))
}

/// Change one's account
#[utoipa::path(patch, path = "/api/auth/me", tag = "accounts", request_body = UpdateMe, responses(
    (status = 200, description = "The changed account", body = UserAnswer),
))]
pub(super) async fn update(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<UpdateMe>,
) -> Result<Response, Failure> {
    let user = state
        .services
        .auth
        .update_me(&identity, request, &visitor)
        .await?;
    let user = User::from(&user);
    Ok(private(Json(UserAnswer { user })))
}

/// Delete one's account
///
/// Needs a fresh second factor (`/api/auth/step-up`). Open orders are cancelled and withdrawals that were
/// not sent are taken back first.
#[utoipa::path(delete, path = "/api/auth/me", tag = "accounts", request_body = DeleteMe, responses(
    (status = 200, description = "Deleted", body = super::answer::Done),
))]
pub(super) async fn delete(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<DeleteMe>,
) -> Result<Response, Failure> {
    state
        .services
        .exchange
        .delete_account(&identity, &request, &visitor)
        .await?;
    Ok(signed_out(&state))
}

/// Take one's data along
///
/// Everything kept about the account, except secrets. A browser that follows a link to it is given new
/// tokens where only the refresh cookie still counts.
#[utoipa::path(get, path = "/api/auth/me/export", tag = "accounts", responses(
    (status = 200, description = "The data", body = Export),
))]
pub(super) async fn export(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, .. }: Person,
) -> Result<Response, Failure> {
    let export = state.services.auth.export(&identity).await?;
    Ok(private(Json(export)))
}
