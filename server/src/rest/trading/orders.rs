//! Placing and cancelling orders.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::super::{
    auth::answer::private,
    extract::{Id, NoParameters},
    idempotency::{Key, KeyHeader},
    json::Json,
    payload::Payload,
    query::Query,
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
    exchange::{Pair, id::OrderId},
    portfolio::preview::SaleView,
    trading::{Order, PlaceOco, PlaceOrder, Preview},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderAnswer {
    /// As it is now.
    pub(super) order: Order,
}

/// Several orders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrdersAnswer {
    /// As they are now.
    orders: Vec<Order>,
}

/// What an order would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PreviewAnswer {
    /// If it were placed now.
    preview: Preview,
    /// For a sale: which lots it would take, and what it would make, under each method. Of what trades at once;
    /// if nothing does, of all of it at the order's own price, with the highest fee. Empty for a purchase, for a
    /// sale whose price nobody knows yet, and where the portfolio can't be computed now.
    lots: Vec<SaleView>,
}

/// Place an order
///
/// API keys need the scope `trade`. With the header `Idempotency-Key` or a `client_order_id` it can be
/// sent again: within 24 hours the same key with the same body gets the first answer, with another
/// body 409.
///
/// The answer tells what has come of it at once: a market order is over by then.
#[utoipa::path(post, path = "/api/trading/orders", tag = "trading", request_body = PlaceOrder,
    params(KeyHeader),
    responses(
        (status = 201, description = "Placed", body = OrderAnswer),
        (status = 422, description = "A field is wrong, or not enough is available (`insufficient_funds`)", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The price is more than 30 s old (`price_stale`), or the exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn place(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Key(key): Key,
    Payload(request): Payload<PlaceOrder>,
) -> Result<Response, Failure> {
    let order = state
        .services
        .exchange
        .place(&identity, &request, key)
        .await?;
    Ok(private((StatusCode::CREATED, Json(OrderAnswer { order }))))
}

/// Place two linked orders
///
/// One cancels the other (OCO): a limit order at a better price than the market's, and a stop order at
/// a worse one. What suffices for either is held once.
#[utoipa::path(post, path = "/api/trading/orders/oco", tag = "trading", request_body = PlaceOco,
    params(KeyHeader),
    responses(
        (status = 201, description = "Placed, the limit order first", body = OrdersAnswer),
        (status = 422, description = "A field is wrong, or not enough is available (`insufficient_funds`)", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The price is more than 30 s old (`price_stale`), or the exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn oco(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Key(key): Key,
    Payload(request): Payload<PlaceOco>,
) -> Result<Response, Failure> {
    let exchange = &state.services.exchange;
    let orders = exchange.place_oco(&identity, &request, key).await?;
    Ok(private((
        StatusCode::CREATED,
        Json(OrdersAnswer { orders }),
    )))
}

/// Preview an order
///
/// What it would do now: trades, fee, what would be held; of a sale, what it would realise. Nothing moves, and the market may be
/// elsewhere when it is placed.
#[utoipa::path(post, path = "/api/trading/orders/preview", tag = "trading", request_body = PlaceOrder, responses(
    (status = 200, description = "What it would do", body = PreviewAnswer),
    (status = 503, description = "The price is more than 30 s old (`price_stale`), or the exchange is not open", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn preview(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Payload(request): Payload<PlaceOrder>,
) -> Result<Response, Failure> {
    let exchange = &state.services.exchange;
    let preview = exchange.preview(&identity, &request).await?;
    let sale = preview.sale(&request, exchange.settings().rates.highest());
    let lots = match sale {
        None => Vec::new(),
        Some((quantity, proceeds)) => {
            // What a sale takes is what it holds.
            let asset = preview.held_asset;
            let portfolios = &state.services.portfolios;
            let outlooks = portfolios
                .outlooks(&identity, asset, quantity, proceeds)
                .await;
            // The order itself does not depend on them.
            let outlooks = outlooks.unwrap_or_default();
            outlooks.iter().map(SaleView::new).collect()
        }
    };
    Ok(private(Json(PreviewAnswer { preview, lots })))
}

/// Cancel an order
///
/// And the one it is linked with; both are answered.
#[utoipa::path(delete, path = "/api/trading/orders/{id}", tag = "trading",
    params(("id" = OrderId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Cancelled", body = OrdersAnswer),
        (status = 404, description = "No open order of yours", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn cancel(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(order): Id<OrderId>,
) -> Result<Response, Failure> {
    let orders = state.services.exchange.cancel(&identity, order).await?;
    Ok(private(Json(OrdersAnswer { orders })))
}

/// Query of what is to be cancelled.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `cancel_all` reads")]
pub(super) struct CancelParams {
    /// Only orders of this pair.
    pair: Option<Pair>,
}

/// Cancel all open orders
///
/// Of a pair, or of all.
#[utoipa::path(delete, path = "/api/trading/orders", tag = "trading", params(CancelParams), responses(
    (status = 200, description = "Cancelled", body = OrdersAnswer),
    (status = 503, description = "The exchange is not open or has too much to do", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn cancel_all(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["pair"]);
    let pair = query.parsed("pair");
    query.finish()?;
    let orders = state.services.exchange.cancel_all(&identity, pair).await?;
    Ok(private(Json(OrdersAnswer { orders })))
}
