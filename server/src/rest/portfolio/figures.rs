//! What there is, what it made, and why.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::parameters::{method, period};
use crate::{
    problem::{Failure, Problem},
    rest::{auth::answer::private, json::Json, page, payload::Payload, query::Query},
    session::Caller,
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    exchange::Asset,
    portfolio::{
        Figure, Method,
        tree::Node,
        view::{LotView, Overview, Performance},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Query of a portfolio.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what is read")]
pub(super) struct MethodParams {
    /// Which lots disposals take: `fifo`, `lifo`, `hifo` or `average`. Without it the one that is set.
    method: Option<Method>,
}

/// Query of lots.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what is read")]
pub(super) struct LotParams {
    /// Which lots disposals take.
    method: Option<Method>,
    /// Only of this asset.
    asset: Option<Asset>,
    /// At most so many; more than 500 is 500.
    #[param(minimum = 1, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Query of a return.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what is read")]
pub(super) struct PeriodParams {
    /// How far back: `7d`, `30d`, `90d`, `1y`, `ytd` or `all`, which it is without one.
    period: Option<String>,
}

/// Query of an explanation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what is read")]
pub(super) struct ExplainParams {
    /// Which figure: `total_value`, `cost_basis`, `unrealised`, `realised`, `fees`, `profit`, `today`,
    /// `today_return`, `twr`, `xirr`; of one asset `value:BTC`, `cost:BTC`, `unrealised:BTC`,
    /// `realised:BTC`, `proceeds:BTC`, `sold_cost:BTC`, `share:BTC`, `quantity:BTC`, `price:BTC`; of a day
    /// of the period `value_on:2026-11-27`, `put_in_on:2026-11-27`, `taken_out_on:2026-11-27`.
    figure: String,
    /// Which lots disposals take.
    method: Option<Method>,
    /// Of a return: how far back.
    period: Option<String>,
}

/// The method to show a portfolio under.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetMethod {
    /// Which lots disposals take.
    method: Method,
}

/// Lots, in the order in which they would be taken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Lots {
    /// Asset by asset, place by place.
    lots: Vec<LotView>,
    /// Where the next page begins; `null` on the last one.
    next_cursor: Option<String>,
}

/// Look at one's portfolio
///
/// What is on this desk's exchange, holdings elsewhere and imported trades, gone through under one
/// method: `unrealised` and `realised` together are `total_value` and what was taken out, less what was
/// put in. Prices are the live ones, with source and time.
#[utoipa::path(get, path = "/api/portfolio", tag = "portfolio", params(MethodParams), responses(
    (status = 200, description = "The portfolio", body = Overview),
))]
pub(super) async fn overview(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["method"]);
    let method = method(&mut query);
    query.finish()?;
    let overview = state
        .services
        .portfolios
        .overview(&identity, method)
        .await?;
    Ok(private(Json(overview)))
}

/// Set the method
///
/// It holds for the whole history, as if it had been used from the first day. Needs the scope `trade`.
#[utoipa::path(patch, path = "/api/portfolio", tag = "portfolio",
    request_body(content = SetMethod, example = json!({"method": "hifo"})),
    responses((status = 200, description = "The portfolio under that method", body = Overview)),
)]
pub(super) async fn set_method(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Payload(request): Payload<SetMethod>,
) -> Result<Response, Failure> {
    let portfolios = &state.services.portfolios;
    portfolios.set_method(&identity, request.method).await?;
    Ok(private(Json(portfolios.overview(&identity, None).await?)))
}

/// List one's lots
#[utoipa::path(get, path = "/api/portfolio/lots", tag = "portfolio", params(LotParams), responses(
    (status = 200, description = "What was acquired together, as far as it is still there", body = Lots),
))]
pub(super) async fn lots(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let [limit, cursor] = page::PARAMETERS;
    let mut query = Query::read(raw.as_deref(), &["method", "asset", limit, cursor]);
    let (method, asset) = (method(&mut query), query.parsed("asset"));
    let (limit, seen) = (page::limit(&mut query), page::seen(&mut query));
    query.finish()?;
    let portfolios = &state.services.portfolios;
    let all = portfolios.lots(&identity, method, asset).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let until = seen.saturating_add(limit);
    let next_cursor = (until < all.len()).then(|| until.to_string());
    let lots = all.into_iter().skip(seen).take(limit).collect();
    Ok(private(Json(Lots { lots, next_cursor })))
}

/// See how one's portfolio did
///
/// Day by day at closing prices, and the returns over the period: time-weighted, and money-weighted per
/// year.
#[utoipa::path(get, path = "/api/portfolio/performance", tag = "portfolio", params(PeriodParams), responses(
    (status = 200, description = "Returns and values", body = Performance),
))]
pub(super) async fn performance(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["period"]);
    let period = period(&mut query);
    query.finish()?;
    let performance = state
        .services
        .portfolios
        .performance(&identity, period)
        .await?;
    Ok(private(Json(performance)))
}

/// Explain a figure
///
/// A tree down to entries, fees and prices. Working each node out from those below it gives the figure.
#[utoipa::path(get, path = "/api/portfolio/explain", tag = "portfolio", params(ExplainParams), responses(
    (status = 200, description = "The figure with what it is made of", body = Node),
    (status = 404, description = "There is no such figure in this portfolio", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn explain(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["figure", "method", "period"]);
    let (method, period) = (method(&mut query), period(&mut query));
    let figure: Option<Figure> = query.parsed("figure");
    if query.text("figure").is_none() {
        query.error("figure", "is missing");
    }
    query.finish()?;
    // Without a figure the reading has ended above.
    let figure = figure.unwrap_or(Figure::Value(None));
    let portfolios = &state.services.portfolios;
    let node = portfolios
        .explain(&identity, method, figure, period)
        .await?;
    Ok(private(Json(node)))
}
