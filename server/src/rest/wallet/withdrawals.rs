//! Money that leaves.

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::private,
        extract::{Id, NoParameters},
        idempotency::{Key, KeyHeader},
        json::Json,
        page::{self, PageParams},
        payload::Payload,
        query::Query,
    },
    session::{Caller, From},
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    AddressId,
    exchange::{Asset, id::TransferId},
    trading::{Digits, Withdrawal},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use services::exchange::Withdraw;
use utoipa::ToSchema;
use uuid::Uuid;

/// A withdrawal that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawRequest {
    /// What.
    asset: Asset,
    /// How much.
    amount: Digits,
    /// Where to: an address of the allow-list whose `usable_from` has come.
    address_id: AddressId,
}

/// A withdrawal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WithdrawalAnswer {
    /// As it is now.
    withdrawal: Withdrawal,
}

/// A page of withdrawals.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Withdrawals {
    /// The newest first.
    withdrawals: Vec<Withdrawal>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// Withdraw
///
/// To an address of the allow-list. People need a fresh second factor (`/api/auth/step-up`), API keys
/// the scope `withdraw`. The amount is held until it is sent; more than 10,000 US dollars' worth waits
/// for an administrator. There is no rail behind it: the reference of what was sent begins with
/// `simulated-`.
#[utoipa::path(post, path = "/api/wallet/withdraw", tag = "wallet", request_body = WithdrawRequest,
    params(KeyHeader),
    responses(
        (status = 201, description = "Asked for", body = WithdrawalAnswer),
        (status = 422, description = "A field is wrong, the address does not count yet, or not enough is available (`insufficient_funds`)", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    Caller(identity): Caller,
    From(visitor): From,
    Key(key): Key,
    Payload(request): Payload<WithdrawRequest>,
) -> Result<Response, Failure> {
    let what = Withdraw {
        asset: request.asset,
        amount: request.amount,
        address: request.address_id,
    };
    let exchange = &state.services.exchange;
    let withdrawal = exchange.withdraw(&identity, what, key, &visitor).await?;
    let answer = Json(WithdrawalAnswer { withdrawal });
    Ok(private((StatusCode::CREATED, answer)))
}

/// List one's withdrawals
#[utoipa::path(get, path = "/api/wallet/withdrawals", tag = "wallet", params(PageParams), responses(
    (status = 200, description = "Withdrawals, the newest first", body = Withdrawals),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &page::PARAMETERS);
    let page = page::read(&mut query);
    query.finish()?;
    let withdrawals = state.services.exchange.withdrawals(&identity, page).await?;
    let next_cursor = page::next(page, &withdrawals, |found| found.id.uuid());
    Ok(private(Json(Withdrawals {
        withdrawals,
        next_cursor,
    })))
}

/// Take a withdrawal back
///
/// As long as it was not sent; what was held is free again.
#[utoipa::path(delete, path = "/api/wallet/withdrawals/{id}", tag = "wallet",
    params(("id" = TransferId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Taken back", body = WithdrawalAnswer),
        (status = 404, description = "No withdrawal of yours under way", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    From(visitor): From,
    Id(id): Id<TransferId>,
) -> Result<Response, Failure> {
    let exchange = &state.services.exchange;
    let withdrawal = exchange.cancel_withdrawal(&identity, id, &visitor).await?;
    Ok(private(Json(WithdrawalAnswer { withdrawal })))
}
