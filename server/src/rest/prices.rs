//! `/api/prices`: live prices and how the feed is doing.

use super::{
    extract::{Known, NoParameters},
    json::Json,
};
use crate::problem::{Failure, Problem};
use axum::extract::State;
use domain::{
    api::{ApiError, ErrorCode},
    feed::FeedStatus,
    market::PriceSnapshot,
};
use services::market::Market;

/// Every live price
///
/// Public. Prices are decimal strings in USD.
#[utoipa::path(get, path = "/api/prices", tag = "prices", responses(
    (status = 200, description = "The latest price of every coin that has one", body = PriceSnapshot),
))]
pub(super) async fn all(State(market): State<Market>, _: NoParameters) -> Json<PriceSnapshot> {
    Json(market.prices())
}

/// One live price
///
/// Public.
#[utoipa::path(get, path = "/api/prices/{id}", tag = "prices",
    params(("id" = String, Path, description = "Coin id or ticker, any case", example = "btc")),
    responses(
        (status = 200, description = "The coin's latest price", body = PriceSnapshot),
        (status = 404, description = "Unknown coin", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No feed has delivered a price yet", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(market): State<Market>,
    _: NoParameters,
    Known(coin): Known,
) -> Result<Json<PriceSnapshot>, Failure> {
    let mut snapshot = market.prices();
    snapshot.prices.retain(|id, _| *id == coin);
    snapshot.stale.retain(|id| *id == coin);
    if snapshot.prices.is_empty() {
        let detail =
            format!("No feed has delivered a price of {coin} yet. Please try again shortly.");
        return Err(Failure(ApiError::new(ErrorCode::Unavailable, detail)));
    }
    Ok(Json(snapshot))
}

/// How the price feed is doing
///
/// Public.
#[utoipa::path(get, path = "/api/prices/status", tag = "prices", responses(
    (status = 200, description = "Source, age, reconnects, drops and per-coin age", body = FeedStatus),
))]
pub(super) async fn status(State(market): State<Market>, _: NoParameters) -> Json<FeedStatus> {
    Json(market.status())
}
