//! Withdrawals that wait for an administrator.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::private,
        extract::{Id, NoParameters},
        json::Json,
        page::{self, PageParams},
        query::Query,
    },
    session::Administrator,
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    exchange::id::TransferId,
    trading::{UsersWithdrawal, Withdrawal, WithdrawalStatus},
};
use serde::Serialize;
use services::exchange::Decision;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A page of withdrawals.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsersWithdrawals {
    /// The newest first.
    withdrawals: Vec<UsersWithdrawal>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// A withdrawal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecidedWithdrawal {
    /// As it is now.
    withdrawal: Withdrawal,
}

/// Query of the list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list` reads")]
pub(super) struct StatusParam {
    /// Only those that stand here.
    #[param(default = "requested")]
    status: Option<WithdrawalStatus>,
}

struct Standing(WithdrawalStatus);

impl FromStr for Standing {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = serde_json::from_value(serde_json::Value::from(text));
        word.map(Self)
            .map_err(|_| "must be one of requested, approved, sent, cancelled, rejected")
    }
}

/// List withdrawals
///
/// For administrators: by default those that wait for them.
#[utoipa::path(get, path = "/api/admin/withdrawals", tag = "administration", operation_id = "admin_withdrawals",
    params(StatusParam, PageParams),
    responses((status = 200, description = "Withdrawals, the newest first", body = UsersWithdrawals),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let [limit, cursor] = page::PARAMETERS;
    let mut query = Query::read(raw.as_deref(), &["status", limit, cursor]);
    let status = query.parsed("status").map(|Standing(status)| status);
    let status = status.unwrap_or(WithdrawalStatus::Requested);
    let page = page::read(&mut query);
    query.finish()?;
    let exchange = &state.services.exchange;
    let withdrawals = exchange.withdrawals_at(&identity, status, page).await?;
    let next_cursor = page::next(page, &withdrawals, |found| found.withdrawal.id.uuid());
    Ok(private(Json(UsersWithdrawals {
        withdrawals,
        next_cursor,
    })))
}

/// Approve a withdrawal
///
/// For administrators with a fresh second factor (`/api/auth/step-up`), and not for their own.
#[utoipa::path(post, path = "/api/admin/withdrawals/{id}/approve", tag = "administration", operation_id = "approve_withdrawal",
    params(("id" = TransferId, Path, description = "Its id")),
    responses(
        (status = 200, description = "It is to be sent", body = DecidedWithdrawal),
        (status = 404, description = "No such withdrawal under way", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn approve(
    State(state): State<AppState>,
    admin: Administrator,
    _: NoParameters,
    Id(id): Id<TransferId>,
) -> Result<Response, Failure> {
    decide(&state, &admin, id, Decision::Approve).await
}

/// Reject a withdrawal
///
/// What was held is free again. Otherwise as approving.
#[utoipa::path(post, path = "/api/admin/withdrawals/{id}/reject", tag = "administration", operation_id = "reject_withdrawal",
    params(("id" = TransferId, Path, description = "Its id")),
    responses(
        (status = 200, description = "It is not sent", body = DecidedWithdrawal),
        (status = 404, description = "No such withdrawal under way", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn reject(
    State(state): State<AppState>,
    admin: Administrator,
    _: NoParameters,
    Id(id): Id<TransferId>,
) -> Result<Response, Failure> {
    decide(&state, &admin, id, Decision::Reject).await
}

async fn decide(
    state: &AppState,
    Administrator { identity, visitor }: &Administrator,
    id: TransferId,
    decision: Decision,
) -> Result<Response, Failure> {
    let exchange = &state.services.exchange;
    let decided = exchange.decide_withdrawal(identity, id, decision, visitor);
    let withdrawal = decided.await?;
    Ok(private(Json(DecidedWithdrawal { withdrawal })))
}
