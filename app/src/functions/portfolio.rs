//! Portfolios: their figures, what these are computed from, and what their owner tells.

use super::json::Json;
#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, Fields, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use domain::portfolio::{
    Method,
    known::{Ingredients, Seen},
};
use leptos::{
    prelude::*,
    server_fn::codec::{MultipartData, MultipartFormData},
};
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use {
    super::upload::Upload,
    crate::{
        page_data::request,
        pages::dashboard::{Asked, written},
        sheets::locale,
    },
    domain::{
        EntryId, ImportId, format,
        portfolio::{
            Note,
            holding::{ChangeHolding, ManualHolding, NewHolding},
            imported::Report,
        },
    },
    services::{
        auth::{AuthError, Identity},
        portfolio::import::{File, Format, Rates, ungrouped},
    },
    time::{Date, OffsetDateTime, format_description::well_known::Iso8601},
};

/// What a browser computes figures from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portfolio {
    /// Entries and prices.
    pub ingredients: Ingredients,
    /// The method that is set.
    pub method: Method,
}

#[cfg(feature = "ssr")]
fn identity() -> Result<Identity, AppError> {
    request::extension().ok_or_else(|| fail(AuthError::Unauthenticated))
}

/// A portfolio's figures as its page shows them: under a method, the one that is set without any; for a
/// period, with one of them explained. What can't be read counts as nothing.
#[server(prefix = "/_fn", endpoint = "portfolio/figures", output = Json, client = ApiClient)]
pub async fn portfolio_figures(
    #[server(default)] method: Option<Method>,
    period: String,
    #[server(default)] figure: Option<String>,
) -> Result<String, AppError> {
    let asked = Asked {
        method,
        period: period.parse().unwrap_or_default(),
        figure: figure.and_then(|figure| figure.parse().ok()),
        ..Asked::default()
    };
    let (portfolios, identity) = (services()?.portfolios, identity()?);
    let set = portfolios.method(&identity).await.map_err(fail)?;
    let shown = Some(method.unwrap_or(set));
    let statement = portfolios.statement(&identity, shown, asked.period, asked.figure);
    let statement = statement.await.map_err(fail)?;
    let coins = portfolios.coins(&statement.overview);
    Ok(written(asked, statement, set, coins))
}

/// What figures are computed from, without the entries that were seen; closing prices are left out as well if
/// `only_news` is wanted and there is none.
#[server(prefix = "/_fn", endpoint = "portfolio/ingredients", output = Json, client = ApiClient)]
pub async fn portfolio_ingredients(
    seen: Seen,
    #[server(default)] only_news: bool,
) -> Result<Portfolio, AppError> {
    let (portfolios, identity) = (services()?.portfolios, identity()?);
    let method = portfolios.method(&identity).await.map_err(fail)?;
    let ingredients = portfolios.ingredients(&identity, seen, only_news).await;
    let ingredients = ingredients.map_err(fail)?;
    Ok(Portfolio {
        ingredients,
        method,
    })
}

/// The beginning of a day, UTC.
#[cfg(feature = "ssr")]
fn day(text: &str) -> Result<OffsetDateTime, &'static str> {
    let date = Date::parse(text.trim(), &Iso8601::DATE);
    let date = date.map_err(|_| "must be a date such as 2024-01-31")?;
    Ok(date.midnight().assume_utc())
}

/// A number as people write it, `$20,000.50`, as it travels: `20000.50`. What is none stays as it is, and is
/// refused like that; so is `1,500` where that is read as one and a half.
#[cfg(feature = "ssr")]
fn typed(text: &str) -> String {
    let plain = text.trim();
    let plain = plain.strip_prefix('$').unwrap_or(plain).trim_start();
    let grouped = match locale().decimal() {
        '.' => ungrouped(plain),
        _ => None,
    };
    grouped.unwrap_or_else(|| plain.to_owned())
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
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let Some(date) = fields.read("date", day(&date)) else {
        return Err(fields.refuse());
    };
    let new = NewHolding {
        coin,
        quantity: typed(&quantity),
        price: typed(&price),
        date,
        fee: Some(typed(&fee)),
        note: Some(note),
    };
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    let added = portfolios.add_holding(identity, &new).await.map_err(fail)?;
    let quantity = format::amount(added.quantity.to_decimal(), locale());
    let done = format!("{quantity} {} are in your portfolio.", added.asset);
    Ok(caller.done(&Asked::closed(&back), &done))
}

/// Changes a holding.
#[server(prefix = "/_fn", endpoint = "portfolio/holdings/change", client = ApiClient)]
pub async fn edit_holding(
    quantity: String,
    price: String,
    date: String,
    #[server(default)] fee: String,
    #[server(default)] note: String,
    seen: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let date = fields.read("date", day(&date));
    // What the form was filled with: what was changed elsewhere since is not undone.
    let before = fields.read("seen", serde_json::from_str::<ManualHolding>(&seen));
    let (Some(date), Some(before)) = (date, before) else {
        return Err(fields.refuse());
    };
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    let change = ChangeHolding {
        quantity: Some(typed(&quantity)),
        price: Some(typed(&price)),
        // Forms know days only: on the same one the time stays.
        date: (date.date() != before.date.date()).then_some(date),
        fee: Some(if fee.trim().is_empty() {
            "0".to_owned()
        } else {
            typed(&fee)
        }),
        note: Some(note),
    };
    let changed = portfolios.change_holding(identity, before.id, Some(&before), &change);
    let changed = changed.await.map_err(fail)?;
    let quantity = format::amount(changed.quantity.to_decimal(), locale());
    let done = format!("{quantity} {} are in your portfolio now.", changed.asset);
    Ok(caller.done(&Asked::closed(&back), &done))
}

/// Deletes a holding.
#[server(prefix = "/_fn", endpoint = "portfolio/holdings/delete", client = ApiClient)]
pub async fn delete_holding(
    id: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: EntryId = field("id", id.parse())?;
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    portfolios
        .delete_holding(identity, id)
        .await
        .map_err(fail)?;
    Ok(caller.done(&Asked::closed(&back), "The holding is deleted."))
}

/// Sets the method, and comes `back` to the dashboard as it was.
#[server(prefix = "/_fn", endpoint = "portfolio/method", client = ApiClient)]
pub async fn set_method(
    method: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let method: Method = field("method", method.parse())?;
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    portfolios
        .set_method(identity, method)
        .await
        .map_err(fail)?;
    let done = format!("{} is your method from now on.", method.title());
    Ok(caller.done(&Asked::closed(&back), &done))
}

#[cfg(feature = "ssr")]
fn imported(caller: &Caller, back: &str, report: &Report) -> Outcome {
    let rows = |count: usize| match count {
        1 => "1 row".to_owned(),
        count => format!("{count} rows"),
    };
    let done = match report.bad {
        0 => format!("{} went into your portfolio.", rows(report.new)),
        bad => format!(
            "{} went into your portfolio, {} could not be taken.",
            rows(report.new),
            rows(bad)
        ),
    };
    // What is wrong with rows stands where the file was sent.
    let next = match report.bad {
        0 => Asked::closed(back),
        _ => Asked::read(back).with_form("import"),
    };
    caller.done(&next, &done)
}

/// Looks at a file of trades from elsewhere, or takes it in at once when `act` is `import`.
#[server(prefix = "/_fn", endpoint = "portfolio/import", input = MultipartFormData, client = ApiClient)]
pub async fn import_trades(data: MultipartData) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    // Of nobody else so much is read.
    caller.identity()?;
    let upload = Upload::read(data).await?;
    let format = upload.text("format");
    let format: Option<Format> = match &*format {
        "" => None,
        format => Some(field("format", format.parse())?),
    };
    let rates: Rates = field("rates", upload.text("rates").parse())?;
    let file = upload.file.clone().filter(|file| !file.is_empty());
    let bytes = field("file", file.ok_or("must be chosen, and not empty"))?;
    let file = File {
        format,
        // Its name only reminds of it: one that makes no note is left out.
        name: Note::parse(&upload.name).unwrap_or_default(),
        bytes,
        rates,
    };
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    if upload.text("act") == "import" {
        let report = portfolios.take_in(identity, file).await;
        return Ok(imported(&caller, "", &report.map_err(fail)?));
    }
    portfolios.look(identity, file).await.map_err(fail)?;
    Ok(caller.go(&Asked::default().with_form("import")))
}

/// Takes in the file that was looked at.
#[server(prefix = "/_fn", endpoint = "portfolio/import/looked", client = ApiClient)]
pub async fn import_looked(
    digest: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    let report = portfolios.take_looked(identity, &digest).await;
    Ok(imported(&caller, &back, &report.map_err(fail)?))
}

/// Takes out all that came with an import.
#[server(prefix = "/_fn", endpoint = "portfolio/imports/delete", client = ApiClient)]
pub async fn delete_import(
    id: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: ImportId = field("id", id.parse())?;
    let (portfolios, identity) = (services()?.portfolios, caller.identity()?);
    let count = portfolios.delete_import(identity, id).await.map_err(fail)?;
    let done = match count {
        1 => "The import is removed: 1 entry has left your portfolio.".to_owned(),
        count => {
            let count = format::integer(u64::try_from(count).unwrap_or(u64::MAX), locale());
            format!("The import is removed: {count} entries have left your portfolio.")
        }
    };
    Ok(caller.done(&Asked::closed(&back), &done))
}
