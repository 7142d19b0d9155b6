//! What several addresses answer.

use super::super::json::Json;
use crate::{problem::Failure, session::cookies::Jar, state::AppState};
use axum::response::{IntoResponse, Response};
use domain::account::{Sensitive, User};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use services::auth::{AuthError, LoginOutcome, SignedIn};
use utoipa::ToSchema;

/// Somebody's account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserAnswer {
    /// The account.
    pub(super) user: User,
}

/// What was done, or will be.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Done {
    /// Says what, in a word or two.
    #[schema(example = "done")]
    pub(super) status: &'static str,
}

/// A second step is needed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MfaRequired {
    /// Always `true`.
    pub(super) mfa_required: bool,
    /// For `/api/auth/2fa/verify`, within 5 minutes and 5 tries.
    pub(super) mfa_token: Sensitive,
}

/// Either the account, or that a second step is needed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum LoginAnswer {
    /// Signed in.
    User(UserAnswer),
    /// The second factor is to follow.
    Mfa(MfaRequired),
}

/// Codes for when the authenticator is lost.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    /// Ten codes; each works once. They are shown this once.
    pub(super) recovery_codes: Vec<String>,
}

/// The answer to what has been done.
pub(in crate::rest) fn done() -> Json<Done> {
    Json(Done { status: "done" })
}

/// An answer that no cache may keep.
pub(in crate::rest) fn private(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    response
}

/// The account, with cookies.
pub(super) fn signed_in(state: &AppState, status: StatusCode, signed_in: &SignedIn) -> Response {
    let user = User::from(&signed_in.identity.user);
    let mut response = private((status, Json(UserAnswer { user })));
    jar(state).grant(response.headers_mut(), &signed_in.grant);
    response
}

/// The account with cookies, or the token for the second step without.
pub(super) fn outcome(state: &AppState, outcome: LoginOutcome) -> Response {
    let (answer, grant) = match outcome {
        LoginOutcome::SignedIn(signed_in) => {
            let user = User::from(&signed_in.identity.user);
            (
                LoginAnswer::User(UserAnswer { user }),
                Some(signed_in.grant),
            )
        }
        LoginOutcome::SecondFactor(token) => {
            let required = MfaRequired {
                mfa_required: true,
                mfa_token: Sensitive::new(token.expose()),
            };
            (LoginAnswer::Mfa(required), None)
        }
    };
    let mut response = private(Json(answer));
    if let Some(grant) = grant {
        jar(state).grant(response.headers_mut(), &grant);
    }
    response
}

/// The cookies of somebody who has signed out are deleted.
pub(super) fn signed_out(state: &AppState) -> Response {
    let mut response = private(done());
    jar(state).clear(response.headers_mut());
    response
}

/// Nobody is signed in with these cookies; they are deleted.
pub(super) fn strange_cookies(state: &AppState) -> Response {
    let mut response = Failure(AuthError::Unauthenticated.into()).into_response();
    jar(state).clear(response.headers_mut());
    response
}

fn jar(state: &AppState) -> Jar {
    Jar::new(&state.services.config.http)
}
