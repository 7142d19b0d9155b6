//! One's orders and fills.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::{
    super::{
        auth::answer::private,
        extract::{Id, NoParameters},
        json::Json,
        page::{self, PageParams},
        query::Query,
    },
    orders::OrderAnswer,
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
    exchange::{Pair, id::OrderId, order::Status},
    trading::{Fill, Order},
};
use serde::Serialize;
use services::store::OrderFilter;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Orders {
    /// The newest first.
    orders: Vec<Order>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// A page of fills.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Fills {
    /// The newest first.
    fills: Vec<Fill>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// Query of a list of orders.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `orders` reads")]
pub(super) struct OrderParams {
    /// Only of this pair.
    pair: Option<Pair>,
    /// Only where they stand so, several separated by commas; `live` for all that are not over.
    status: Option<String>,
}

/// Where orders stand: one word or several.
struct Statuses(Vec<Status>);

const LIVE: [Status; 3] = [
    Status::PendingTrigger,
    Status::Open,
    Status::PartiallyFilled,
];

impl FromStr for Statuses {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "live" {
            return Ok(Self(LIVE.to_vec()));
        }
        let unknown = "must be live, or some of pending_trigger, open, partially_filled, filled, \
             cancelled, expired, rejected";
        let words = text.split(',').map(|word| {
            let word = serde_json::Value::from(word.trim());
            serde_json::from_value(word).map_err(|_| unknown)
        });
        words.collect::<Result<_, _>>().map(Self)
    }
}

/// List one's orders
#[utoipa::path(get, path = "/api/trading/orders", tag = "trading", params(OrderParams, PageParams), responses(
    (status = 200, description = "Orders, the newest first", body = Orders),
))]
pub(super) async fn orders(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let [limit, cursor] = page::PARAMETERS;
    let mut query = Query::read(raw.as_deref(), &["pair", "status", limit, cursor]);
    let statuses = query.parsed::<Statuses>("status");
    let filter = OrderFilter {
        pair: query.parsed("pair"),
        statuses: statuses.map(|Statuses(words)| words).unwrap_or_default(),
    };
    let page = page::read(&mut query);
    query.finish()?;
    let orders = state
        .services
        .exchange
        .orders(&identity, &filter, page)
        .await?;
    let next_cursor = page::next(page, &orders, |order| order.id.uuid());
    Ok(private(Json(Orders {
        orders,
        next_cursor,
    })))
}

/// One of one's orders
#[utoipa::path(get, path = "/api/trading/orders/{id}", tag = "trading",
    params(("id" = OrderId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The order", body = OrderAnswer),
        (status = 404, description = "No order of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn order(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(order): Id<OrderId>,
) -> Result<Response, Failure> {
    let order = state.services.exchange.order(&identity, order).await?;
    Ok(private(Json(OrderAnswer { order })))
}

/// Query of a list of fills.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `fills` reads")]
pub(super) struct FillParams {
    /// Only of this order.
    order_id: Option<OrderId>,
}

/// List one's fills
#[utoipa::path(get, path = "/api/trading/fills", tag = "trading", params(FillParams, PageParams), responses(
    (status = 200, description = "Fills, the newest first", body = Fills),
))]
pub(super) async fn fills(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let [limit, cursor] = page::PARAMETERS;
    let mut query = Query::read(raw.as_deref(), &["order_id", limit, cursor]);
    let order = query.parsed("order_id");
    let page = page::read(&mut query);
    query.finish()?;
    let fills = state
        .services
        .exchange
        .fills(&identity, order, page)
        .await?;
    let next_cursor = page::next(page, &fills, |fill| fill.id.uuid());
    Ok(private(Json(Fills { fills, next_cursor })))
}
