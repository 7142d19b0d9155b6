//! Holdings elsewhere, and the method a portfolio is shown under.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, Fields, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    domain::{
        EntryId,
        portfolio::{Method, holding::NewHolding},
    },
    time::{Date, OffsetDateTime, format_description::well_known::Iso8601},
};

/// Where all of it is.
#[cfg(feature = "ssr")]
const PAGE: &str = "/dashboard";

/// The beginning of a day, UTC.
#[cfg(feature = "ssr")]
fn day(text: &str) -> Result<OffsetDateTime, &'static str> {
    let date = Date::parse(text.trim(), &Iso8601::DATE);
    let date = date.map_err(|_| "must be a date such as 2024-01-31")?;
    Ok(date.midnight().assume_utc())
}

/// Enters a holding.
#[server(prefix = "/_fn", endpoint = "portfolio/holdings/add", client = ApiClient)]
pub async fn add_holding(
    coin: String,
    quantity: String,
    price: String,
    date: String,
    #[server(default)] fee: String,
    #[server(default)] note: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let Some(date) = fields.read("date", day(&date)) else {
        return Err(fields.refuse());
    };
    let new = NewHolding {
        coin,
        quantity,
        price,
        date,
        fee: Some(fee),
        note: Some(note),
    };
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    let added = portfolios.add_holding(identity, &new).await.map_err(fail)?;
    let done = format!("{} {} are in your portfolio.", added.quantity, added.asset);
    Ok(caller.done(PAGE, &done))
}

/// Deletes a holding.
#[server(prefix = "/_fn", endpoint = "portfolio/holdings/delete", client = ApiClient)]
pub async fn delete_holding(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: EntryId = field("id", id.parse())?;
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    portfolios
        .delete_holding(identity, id)
        .await
        .map_err(fail)?;
    Ok(caller.done(PAGE, "The holding is deleted."))
}

/// Sets the method.
#[server(prefix = "/_fn", endpoint = "portfolio/method", client = ApiClient)]
pub async fn set_method(method: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let found = Method::ALL.into_iter().find(|one| one.as_str() == method);
    let method = field("method", found.ok_or("must be fifo, lifo, hifo or average"))?;
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    portfolios
        .set_method(identity, method)
        .await
        .map_err(fail)?;
    let done = format!("{} is your method from now on.", method.title());
    Ok(caller.done(PAGE, &done))
}
