//! `/api/crypto`: the market list, coins, history, candles.

#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::{
    extract::{Known, NoParameters},
    json::{self, Json},
    parameters::{
        DEFAULT_CANDLES, DEFAULT_DAYS, DEFAULT_INTERVAL, DEFAULT_SORT, HistoryDays, Interval, Sort,
    },
    query::Query,
};
use crate::{
    problem::{Failure, Problem},
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    api::ApiError,
    listing::{self, ListQuery, SortOrder},
    market::{CandleList, CoinDetails, CoinList, Days, PriceHistory},
};
use services::market::Market;
use utoipa::IntoParams;

/// Query of the market list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list_query` reads")]
pub(super) struct ListParams {
    /// Part of a name, ticker or id, any case.
    #[param(max_length = 64)]
    search: Option<String>,
    /// Column to sort by.
    #[param(inline)]
    sort: Option<Sort>,
    /// Direction; without it the column's natural one.
    #[param(inline)]
    order: Option<SortOrder>,
    /// Rows on the page; larger than 500 counts as 500.
    #[param(minimum = 1, default = json!(listing::DEFAULT_LIMIT))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,19}$")]
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
        sort: query.parsed("sort").unwrap_or(DEFAULT_SORT),
        order: query.parsed("order"),
        limit: query.number("limit", 1),
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
    // `parse` alone would take a sign.
    let digits = cursor.bytes().all(|byte| byte.is_ascii_digit());
    match cursor.parse() {
        Ok(offset) if digits => offset,
        _ => {
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
        (status = 503, description = "Nothing is known of it at the moment", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn coin(
    State(market): State<Market>,
    _: NoParameters,
    Known(coin): Known,
) -> Result<Json<CoinDetails>, Failure> {
    Ok(Json(market.coin(&coin).await?))
}

/// Query of a coin's history.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `history` reads")]
pub(super) struct HistoryParams {
    /// Length in days.
    #[param(inline)]
    days: Option<HistoryDays>,
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
    Known(coin): Known,
    RawQuery(raw): RawQuery,
) -> Result<Json<PriceHistory>, Failure> {
    let mut query = Query::read(raw.as_deref(), &["days"]);
    let days = days(&mut query);
    query.finish()?;
    Ok(Json(market.history(&coin, days).await?))
}

fn days(query: &mut Query<'_>) -> Days {
    let Some(text) = query.text("days") else {
        return DEFAULT_DAYS;
    };
    let days = text.parse().ok().and_then(Days::from_count);
    if days.is_none() {
        query.error("days", "must be one of 1, 7, 30, 90, 365");
    }
    days.unwrap_or(DEFAULT_DAYS)
}

/// Query of a coin's candles.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `candles` reads")]
pub(super) struct CandleParams {
    /// Width.
    #[param(inline)]
    interval: Option<Interval>,
    /// Number of candles, the newest; larger than 500 counts as 500.
    #[param(minimum = 1, default = json!(DEFAULT_CANDLES))]
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
    Known(coin): Known,
    RawQuery(raw): RawQuery,
) -> Result<Json<CandleList>, Failure> {
    let mut query = Query::read(raw.as_deref(), &["interval", "limit"]);
    let interval = query.parsed("interval").unwrap_or(DEFAULT_INTERVAL);
    let limit = query.number("limit", 1).unwrap_or(DEFAULT_CANDLES);
    query.finish()?;
    let candles = market.candles(&coin, interval, limit).await?;
    Ok(Json(CandleList { candles }))
}
