//! `/api/transactions`: what came and went.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::{
    auth::answer::private,
    extract::{Id, NoParameters},
    json::Json,
    page::{self, PageParams},
    query::Query,
    transactions_csv,
};
use crate::{
    problem::{Failure, Problem},
    session::Caller,
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    exchange::{Asset, id::TransactionId},
    trading::{Statistics, Transaction, TransactionType},
};
use serde::Serialize;
use services::store::TransactionFilter;
use std::str::FromStr;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Every route below `/api/transactions`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(statistics))
        .routes(routes!(transactions_csv::export))
        .routes(routes!(one))
}

/// A page of transactions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Transactions {
    /// The newest first.
    transactions: Vec<Transaction>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// A transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TransactionAnswer {
    /// As it is kept.
    transaction: Transaction,
}

/// Query of a list of transactions.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `filter` reads")]
pub(super) struct TransactionParams {
    /// Only of these types, several separated by commas: `buy`, `sell`, `deposit`, `withdrawal`.
    r#type: Option<String>,
    /// Only of this asset.
    asset: Option<Asset>,
    /// Only at this moment or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<OffsetDateTime>,
    /// Only before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<OffsetDateTime>,
}

pub(super) const FILTERS: [&str; 4] = ["type", "asset", "from", "to"];

struct Kinds(Vec<TransactionType>);

impl FromStr for Kinds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text.split(',').map(|word| {
            let word = serde_json::Value::from(word.trim());
            serde_json::from_value(word)
                .map_err(|_| "must be some of buy, sell, deposit, withdrawal")
        });
        words.collect::<Result<_, _>>().map(Self)
    }
}

struct Moment(OffsetDateTime);

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = OffsetDateTime::parse(text, &Rfc3339);
        moment
            .map(Self)
            .map_err(|_| "must be a time such as 2027-01-31T12:00:00Z")
    }
}

pub(super) fn filter(query: &mut Query<'_>) -> TransactionFilter {
    let [kinds, asset, from, to] = FILTERS;
    TransactionFilter {
        kinds: query
            .parsed(kinds)
            .map(|Kinds(kinds)| kinds)
            .unwrap_or_default(),
        asset: query.parsed(asset),
        from: query.parsed(from).map(|Moment(at)| at),
        to: query.parsed(to).map(|Moment(at)| at),
    }
}

/// List one's transactions
#[utoipa::path(get, path = "/api/transactions", tag = "transactions", params(TransactionParams, PageParams), responses(
    (status = 200, description = "Transactions, the newest first", body = Transactions),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let known: Vec<&str> = FILTERS.into_iter().chain(page::PARAMETERS).collect();
    let mut query = Query::read(raw.as_deref(), &known);
    let (filter, page) = (filter(&mut query), page::read(&mut query));
    query.finish()?;
    let exchange = &state.services.exchange;
    let transactions = exchange.transactions(&identity, &filter, page).await?;
    let next_cursor = page::next(page, &transactions, |found| found.id.uuid());
    Ok(private(Json(Transactions {
        transactions,
        next_cursor,
    })))
}

/// Statistics of transactions
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatisticsAnswer {
    /// What they come to.
    stats: Statistics,
}

/// What one's transactions come to
///
/// With the filters of the list.
#[utoipa::path(get, path = "/api/transactions/stats", tag = "transactions", params(TransactionParams), responses(
    (status = 200, description = "Sums", body = StatisticsAnswer),
))]
pub(super) async fn statistics(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &FILTERS);
    let filter = filter(&mut query);
    query.finish()?;
    let stats = state
        .services
        .exchange
        .statistics(&identity, &filter)
        .await?;
    Ok(private(Json(StatisticsAnswer { stats })))
}

/// One of one's transactions
#[utoipa::path(get, path = "/api/transactions/{id}", tag = "transactions",
    params(("id" = TransactionId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The transaction", body = TransactionAnswer),
        (status = 404, description = "No transaction of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(id): Id<TransactionId>,
) -> Result<Response, Failure> {
    let transaction = state.services.exchange.transaction(&identity, id).await?;
    Ok(private(Json(TransactionAnswer { transaction })))
}
