//! Ethereum wallets.

use super::{
    super::payload::Payload,
    answer::{LoginAnswer, UserAnswer, outcome, private},
};
use crate::{
    problem::{Failure, Problem},
    rest::json::Json,
    session::{From, Person},
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::account::{User, WalletAddress, WalletProof};
use serde::Serialize;
use utoipa::ToSchema;

/// What a wallet is to sign.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Nonce {
    /// Stands in the message, within 10 minutes and once.
    nonce: String,
}

/// Ask for a nonce
///
/// Public.
#[utoipa::path(post, path = "/api/auth/wallet/nonce", tag = "accounts", request_body = WalletAddress, responses(
    (status = 200, description = "The nonce", body = Nonce),
))]
pub(super) async fn nonce(
    State(state): State<AppState>,
    Payload(request): Payload<WalletAddress>,
) -> Result<Response, Failure> {
    let nonce = state.services.auth.wallet_nonce(&request.address).await?;
    let nonce = nonce.expose().to_owned();
    Ok(private(Json(Nonce { nonce })))
}

/// Sign in with a wallet
///
/// Public: with a message by EIP-4361, signed by EIP-191. A wallet that is linked to no account
/// signs in to a new one. A session whose cookies come along ends with it.
#[utoipa::path(post, path = "/api/auth/wallet/verify", tag = "accounts", request_body = WalletProof, responses(
    (status = 200, description = "Signed in, or the second factor is to follow", body = LoginAnswer),
))]
pub(super) async fn verify(
    State(state): State<AppState>,
    From(visitor): From,
    Payload(request): Payload<WalletProof>,
) -> Result<Response, Failure> {
    let reached = state.services.auth.wallet_login(&request, &visitor).await?;
    Ok(outcome(&state, reached))
}

/// Link a wallet to one's account
///
/// Needs a fresh second factor (`/api/auth/step-up`).
#[utoipa::path(post, path = "/api/auth/wallet/link", tag = "accounts", request_body = WalletProof, responses(
    (status = 200, description = "Linked", body = UserAnswer),
    (status = 409, description = "Linked already, here or elsewhere", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn link(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<WalletProof>,
) -> Result<Response, Failure> {
    let user = state
        .services
        .auth
        .link_wallet(&identity, &request, &visitor)
        .await?;
    let user = User::from(&user);
    Ok(private(Json(UserAnswer { user })))
}

/// Unlink a wallet from one's account
///
/// Needs a fresh second factor (`/api/auth/step-up`).
#[utoipa::path(post, path = "/api/auth/wallet/unlink", tag = "accounts", request_body = WalletAddress, responses(
    (status = 200, description = "Unlinked", body = UserAnswer),
    (status = 404, description = "Not linked", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Nothing would be left to sign in with", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn unlink(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<WalletAddress>,
) -> Result<Response, Failure> {
    let auth = &state.services.auth;
    let user = auth
        .unlink_wallet(&identity, &request.address, &visitor)
        .await?;
    let user = User::from(&user);
    Ok(private(Json(UserAnswer { user })))
}
