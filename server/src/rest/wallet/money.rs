//! What there is, and what comes.

use super::super::{
    auth::answer::private,
    extract::NoParameters,
    idempotency::{Key, KeyHeader},
    json::Json,
    payload::Payload,
};
use crate::{
    problem::{Failure, Problem},
    session::Caller,
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{
    exchange::Asset,
    trading::{Balances, Digits, Transaction},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Money that comes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Deposit {
    /// What.
    asset: Asset,
    /// How much.
    amount: Digits,
}

/// A movement.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TransactionAnswer {
    /// As it is kept.
    pub(super) transaction: Transaction,
}

/// One's balances
#[utoipa::path(get, path = "/api/wallet/balance", tag = "wallet", responses(
    (status = 200, description = "Balances, US dollars first", body = Balances),
))]
pub(super) async fn balance(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
) -> Result<Response, Failure> {
    let balances = state.services.exchange.balances(&identity).await?;
    Ok(private(Json(Balances { balances })))
}

/// Deposit paper money
///
/// Credited at once, up to a daily limit. API keys need the scope `trade`.
#[utoipa::path(post, path = "/api/wallet/deposit", tag = "wallet", request_body = Deposit,
    params(KeyHeader),
    responses(
        (status = 201, description = "Credited", body = TransactionAnswer),
        (status = 503, description = "The price is more than 30 s old (`price_stale`), or the exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn deposit(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Key(key): Key,
    Payload(Deposit { asset, amount }): Payload<Deposit>,
) -> Result<Response, Failure> {
    let exchange = &state.services.exchange;
    let transaction = exchange.deposit(&identity, asset, amount, key).await?;
    Ok(private((
        StatusCode::CREATED,
        Json(TransactionAnswer { transaction }),
    )))
}
