//! What there is to trade, for everybody.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::super::{extract::NoParameters, json::Json, query::Query};
use crate::{
    problem::{Failure, Problem},
    state::AppState,
};
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use domain::{
    api::{ApiError, ErrorCode},
    exchange::Pair,
    trading::{Book, MarketTrade, PairInfo},
};
use http::request::Parts;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Prices on each side of a book when no number is asked for.
const USUAL_LEVELS: usize = 20;
const USUAL_TRADES: usize = 50;
const MOST_TRADES: usize = 500;

/// What is traded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pairs {
    /// By the coins' market value, roughly.
    pairs: Vec<PairInfo>,
}

/// What was traded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trades {
    /// The newest first.
    trades: Vec<MarketTrade>,
}

/// The pair that a path names, in any case. What is no pair is an unknown one.
#[derive(Debug)]
pub(super) struct PairName(pub(super) Pair);

impl<S: Send + Sync> FromRequestParts<S> for PairName {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        let pair = name
            .ok()
            .and_then(|Path(name)| name.to_ascii_uppercase().parse().ok());
        let unknown = || ApiError::new(ErrorCode::NotFound, "There is no such pair.");
        Ok(Self(pair.ok_or_else(unknown)?))
    }
}

/// What is traded
///
/// Public. Every pair with the steps of its prices and quantities.
#[utoipa::path(get, path = "/api/trading/pairs", tag = "trading", responses(
    (status = 200, description = "All pairs", body = Pairs),
))]
pub(super) async fn pairs(State(state): State<AppState>, _: NoParameters) -> Json<Pairs> {
    let pairs = state.services.exchange.pairs().to_vec();
    Json(Pairs { pairs })
}

/// Query of a book.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `book` reads")]
pub(super) struct BookParams {
    /// Prices on each side; more than 200 is 200.
    #[param(minimum = 1, default = 20)]
    levels: Option<usize>,
}

/// A pair's book
///
/// Public. Users' orders and the house's quotes together, price by price; empty while the price is
/// older than 30 seconds and nobody's orders wait.
#[utoipa::path(get, path = "/api/trading/book/{pair}", tag = "trading",
    params(("pair" = String, Path, description = "The pair, any case", example = "BTC-USD"), BookParams),
    responses(
        (status = 200, description = "Bids and asks, the best first", body = Book),
        (status = 404, description = "Unknown pair", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The exchange is not open", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn book(
    State(state): State<AppState>,
    PairName(pair): PairName,
    RawQuery(raw): RawQuery,
) -> Result<Json<Book>, Failure> {
    let mut query = Query::read(raw.as_deref(), &["levels"]);
    let levels = query.number("levels", 1).unwrap_or(USUAL_LEVELS);
    query.finish()?;
    let book = state.services.exchange.book(pair, levels).await;
    Ok(Json(book?))
}

/// Query of a pair's trades.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `trades` reads")]
pub(super) struct TradesParams {
    /// At most so many; more than 500 is 500.
    #[param(minimum = 1, default = 50)]
    limit: Option<usize>,
}

/// A pair's last trades
///
/// Public. Not whose they were.
#[utoipa::path(get, path = "/api/trading/trades/{pair}", tag = "trading",
    params(("pair" = String, Path, description = "The pair, any case", example = "BTC-USD"), TradesParams),
    responses(
        (status = 200, description = "Trades, the newest first", body = Trades),
        (status = 404, description = "Unknown pair", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn trades(
    State(state): State<AppState>,
    PairName(pair): PairName,
    RawQuery(raw): RawQuery,
) -> Result<Json<Trades>, Failure> {
    let mut query = Query::read(raw.as_deref(), &["limit"]);
    let limit = query.number("limit", 1).unwrap_or(USUAL_TRADES);
    query.finish()?;
    let limit = u32::try_from(limit.min(MOST_TRADES)).unwrap_or_default();
    let trades = state.services.exchange.trades(pair, limit).await?;
    Ok(Json(Trades { trades }))
}
