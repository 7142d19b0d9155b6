//! Orders, and what they meet.

use super::json::Json;
#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use leptos::{prelude::*, server_fn::codec::GetUrl};
#[cfg(feature = "ssr")]
use {
    super::money::named,
    crate::page_data::request,
    crate::sheets::trade::{
        book,
        ticket::{Ticket, Wanted},
        words,
    },
    domain::{
        api::{ApiError, ErrorCode},
        exchange::{Pair, id::OrderId},
    },
    services::auth::Identity,
};

/// A pair's book as its page shows it. Public.
#[server(prefix = "/_fn", endpoint = "trading/book", input = GetUrl, output = Json, client = ApiClient)]
pub async fn pair_book(pair: String) -> Result<String, AppError> {
    let is_known = request::extension::<Identity>().is_some();
    let unknown = |_| fail(ApiError::new(ErrorCode::NotFound, "There is no such pair."));
    book(&services()?, pair.parse().map_err(unknown)?, is_known).await
}

/// Places an order, or two linked ones. `order` is the query of its page.
#[server(prefix = "/_fn", endpoint = "trading/orders/place", client = ApiClient)]
pub async fn place_order(
    pair: String,
    order: String,
    #[server(default)] key: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let pair: Pair = field("pair", pair.parse())?;
    let ticket = Ticket::read(pair, &order);
    let wanted = ticket
        .wanted()
        .map_err(|wrong| fail(ApiError::fields(wrong)))?;
    let (exchange, identity, key) = (services()?.exchange, caller.identity()?, named(&key)?);
    let orders = match wanted {
        Wanted::One(order) => {
            let placed = exchange.place(identity, &order, key).await;
            placed.map(|order| vec![order])
        }
        Wanted::Oco(oco) => exchange.place_oco(identity, &oco, key).await,
    };
    let placed = words::placed(&orders.map_err(fail)?, crate::sheets::locale());
    Ok(caller.done(&ticket.page(), &placed))
}

/// Cancels an order, and the one it is linked with.
#[server(prefix = "/_fn", endpoint = "trading/orders/cancel", client = ApiClient)]
pub async fn cancel_order(id: String, next: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: OrderId = field("id", id.parse())?;
    let (exchange, identity) = (services()?.exchange, caller.identity()?);
    let cancelled = exchange.cancel(identity, id).await.map_err(fail)?;
    Ok(caller.done(
        &next,
        match cancelled.len() {
            1 => "The order is cancelled.",
            _ => "Both linked orders are cancelled.",
        },
    ))
}

/// Cancels all open orders, of every pair.
#[server(prefix = "/_fn", endpoint = "trading/orders/cancel-all", client = ApiClient)]
pub async fn cancel_all(next: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let (exchange, identity) = (services()?.exchange, caller.identity()?);
    let cancelled = exchange.cancel_all(identity, None).await.map_err(fail)?;
    let done = match cancelled.len() {
        1 => "One order is cancelled.".to_owned(),
        count => format!("{count} orders are cancelled."),
    };
    Ok(caller.done(&next, &done))
}
