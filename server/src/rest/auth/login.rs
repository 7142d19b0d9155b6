//! Signing in and out.

use super::{
    super::{extract::NoParameters, payload::Payload},
    answer::{Done, LoginAnswer, UserAnswer, outcome, signed_in, signed_out, strange_cookies},
};
use crate::{
    problem::Failure,
    session::{From, Person, cookies},
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{
    account::{Login, SecondFactor},
    api::ErrorCode,
};
use http::{HeaderMap, StatusCode};
use services::auth::AuthError;

/// Sign in
///
/// Public. Sets cookies, unless a second factor is to follow. A session whose cookies come along ends with
/// it.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", request_body = Login, responses(
    (status = 200, description = "Signed in, or the second factor is to follow", body = LoginAnswer),
))]
pub(super) async fn login(
    State(state): State<AppState>,
    From(visitor): From,
    Payload(request): Payload<Login>,
) -> Result<Response, Failure> {
    let reached = state.services.auth.login(request, &visitor).await?;
    Ok(outcome(&state, reached))
}

/// Sign in: second step
///
/// Public: with the token of the first step. The code is one of the authenticator app, or a recovery
/// code. A session whose cookies come along ends with it.
#[utoipa::path(post, path = "/api/auth/2fa/verify", tag = "accounts", request_body = SecondFactor, responses(
    (status = 200, description = "Signed in", body = UserAnswer),
))]
pub(super) async fn second_factor(
    State(state): State<AppState>,
    From(visitor): From,
    Payload(request): Payload<SecondFactor>,
) -> Result<Response, Failure> {
    let user = state
        .services
        .auth
        .verify_second_factor(request, &visitor)
        .await?;
    Ok(signed_in(&state, StatusCode::OK, &user))
}

/// Get new tokens
///
/// With the refresh cookie.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", responses(
    (status = 200, description = "New cookies are set", body = UserAnswer),
))]
pub(super) async fn refresh(
    State(state): State<AppState>,
    _: NoParameters,
    From(visitor): From,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let token = cookies::value(&headers, cookies::REFRESH);
    let token = token.ok_or(AuthError::Unauthenticated)?;
    let user = state.services.auth.refresh(token, &visitor).await?;
    Ok(signed_in(&state, StatusCode::OK, &user))
}

/// Sign out
///
/// Ends this session. Where the access token is over, the refresh cookie is enough.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", responses(
    (status = 200, description = "Signed out", body = Done),
))]
pub(super) async fn logout(
    State(state): State<AppState>,
    _: NoParameters,
    person: Result<Person, Failure>,
    From(visitor): From,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let auth = &state.services.auth;
    let ended = match (person, cookies::value(&headers, cookies::REFRESH)) {
        (Ok(person), _) => auth.logout(&person.identity, &visitor).await,
        (Err(Failure(refused)), Some(token)) if refused.code == ErrorCode::Unauthenticated => {
            auth.logout_by_refresh(token, &visitor).await
        }
        (Err(Failure(refused)), None) if refused.code == ErrorCode::Unauthenticated => {
            Err(AuthError::Unauthenticated)
        }
        (Err(refused), _) => return Err(refused),
    };
    match ended {
        Ok(()) => Ok(signed_out(&state)),
        // Of a session that is over already: its cookies are of no use to anybody.
        Err(AuthError::Unauthenticated) => Ok(strange_cookies(&state)),
        Err(error) => Err(error.into()),
    }
}

/// Sign out everywhere
///
/// Ends every session of the account.
#[utoipa::path(post, path = "/api/auth/logout-all", tag = "accounts", responses(
    (status = 200, description = "Signed out everywhere", body = Done),
))]
pub(super) async fn logout_all(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
) -> Result<Response, Failure> {
    state.services.auth.logout_all(&identity, &visitor).await?;
    Ok(signed_out(&state))
}
