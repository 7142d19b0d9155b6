//! `/api/crypto`: the market list, coins, history, candles.

#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::{
    json::{self, Json},
    query::Query,
};
use crate::{
    problem::{Failure, Problem},
    state::AppState,
};
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use domain::{
    CoinId,
    api::ApiError,
    listing::{self, ListQuery, MAX_LIMIT, SortKey, SortOrder},
    market::{CandleInterval, CandleList, CoinDetails, CoinList, Days, PriceHistory},
};
use services::market::Market;
use utoipa::IntoParams;

/// Candles in an answer when no number is asked for.
const DEFAULT_CANDLES: usize = 200;

/// Query of the market list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list_query` reads")]
pub(super) struct ListParams {
    /// Part of a name, ticker or id, any case.
    #[param(max_length = 64)]
    search: Option<String>,
    /// Column to sort by; `rank` by default.
    #[param(inline)]
    sort: Option<SortKey>,
    /// Direction; the column's natural one by default.
    #[param(inline)]
    order: Option<SortOrder>,
    /// Rows on the page; 50 by default, larger than 500 counts as 500.
    #[param(minimum = 1)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The market list
///
/// Public. Prices are live; `stale` marks those older than 30 s.
#[utoipa::path(get, path = "/api/crypto", tag = "market", params(ListParams), responses(
    (status = 200, description = "A page of coins", body = CoinList),
    (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let raw = raw.unwrap_or_default();
    let rows = state.services.market.versioned_rows();
    if let Some(body) = state.lists.get(rows.generation, &raw) {
        return Ok(json::encoded(body));
    }
    let query = list_query(&raw)?;
    let page = listing::page(&rows.rows, &query);
    let body = bytes::Bytes::from(serde_json::to_vec(&page).map_err(super::not_encoded)?);
    state.lists.put(rows.generation, &raw, body.clone());
    Ok(json::encoded(body))
}

fn list_query(raw: &str) -> Result<ListQuery, ApiError> {
    let known = ["search", "sort", "order", "limit", "cursor"];
    let mut query = Query::read(Some(raw), &known);
    let parsed = ListQuery {
        search: query.text("search").unwrap_or_default().to_owned(),
        sort: query.parsed("sort").unwrap_or_default(),
        order: query.parsed("order"),
        limit: query.number("limit", 1).map(|limit| limit.min(MAX_LIMIT)),
        offset: offset(&mut query),
    };
    query.finish()?;
    Ok(parsed)
}

/// A cursor is the number of rows before the page, but that is nobody's business.
fn offset(query: &mut Query<'_>) -> usize {
    let Some(cursor) = query.text("cursor") else {
        return 0;
    };
    match cursor.parse() {
        Ok(offset) => offset,
        Err(_) => {
            query.error("cursor", "must be the next_cursor of an earlier answer");
            0
        }
    }
}

/// A coin
///
/// Public. `id` is a slug such as `bitcoin`; a ticker works too.
#[utoipa::path(get, path = "/api/crypto/{id}", tag = "market",
    params(("id" = String, Path, description = "Coin id or ticker, any case", example = "bitcoin")),
    responses(
        (status = 200, description = "The coin", body = CoinDetails),
        (status = 404, description = "Unknown coin", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "There are no parameters", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn coin(
    State(market): State<Market>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<CoinDetails>, Failure> {
    Query::read(raw.as_deref(), &[]).finish()?;
    let coin = known(&market, &id)?;
    Ok(Json(market.coin(&coin).await?))
}

/// Query of a coin's history.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `history` reads")]
pub(super) struct HistoryParams {
    /// Length in days: 1, 7, 30, 90 or 365; 7 by default.
    days: Option<u16>,
}

/// A coin's history
///
/// Public. 5-minute points for a day, hourly up to 90 days, daily for a year.
#[utoipa::path(get, path = "/api/crypto/{id}/history", tag = "market",
    params(("id" = String, Path, description = "Coin id or ticker, any case", example = "bitcoin"), HistoryParams),
    responses(
        (status = 200, description = "Points of time in epoch milliseconds and values in USD", body = PriceHistory),
        (status = 404, description = "Unknown coin", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No provider answers", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn history(
    State(market): State<Market>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<PriceHistory>, Failure> {
    let mut query = Query::read(raw.as_deref(), &["days"]);
    let days = days(&mut query);
    query.finish()?;
    let coin = known(&market, &id)?;
    Ok(Json(market.history(&coin, days).await?))
}

fn days(query: &mut Query<'_>) -> Days {
    let Some(text) = query.text("days") else {
        return Days::Seven;
    };
    let days = text.parse().ok().and_then(Days::from_count);
    if days.is_none() {
        query.error("days", "must be one of 1, 7, 30, 90, 365");
    }
    days.unwrap_or(Days::Seven)
}

/// Query of a coin's candles.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `candles` reads")]
pub(super) struct CandleParams {
    /// Width; `1h` by default.
    #[param(inline)]
    interval: Option<CandleInterval>,
    /// Number of candles, the newest; 200 by default, larger than 500 counts as 500.
    #[param(minimum = 1)]
    limit: Option<usize>,
}

/// A coin's candles
///
/// Public. Times are those of the open.
#[utoipa::path(get, path = "/api/crypto/{id}/candles", tag = "market",
    params(("id" = String, Path, description = "Coin id or ticker, any case", example = "bitcoin"), CandleParams),
    responses(
        (status = 200, description = "Candles, oldest first", body = CandleList),
        (status = 404, description = "Unknown coin", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No provider answers", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn candles(
    State(market): State<Market>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<CandleList>, Failure> {
    let mut query = Query::read(raw.as_deref(), &["interval", "limit"]);
    let interval = query.parsed("interval").unwrap_or(CandleInterval::H1);
    let limit = query.number("limit", 1).unwrap_or(DEFAULT_CANDLES);
    query.finish()?;
    let coin = known(&market, &id)?;
    let candles = market
        .candles(&coin, interval, limit.min(MAX_LIMIT))
        .await?;
    Ok(Json(CandleList { candles }))
}

/// The coin a path names.
pub(super) fn known(market: &Market, name: &str) -> Result<CoinId, ApiError> {
    market
        .resolve(name)
        .ok_or_else(|| ApiError::unknown_coin(name))
}
