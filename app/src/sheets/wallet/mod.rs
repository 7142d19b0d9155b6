//! The wallet: what there is, what comes and goes, and where it may go.

mod addresses;
mod withdrawals;

use super::{
    Page, Request,
    form::{Field, Form, failed},
    locale,
    panel::{self, live, panel, said},
};
use crate::{
    error::AppError,
    functions::{answer::fail, money::Deposit},
};
use domain::{
    exchange::Asset,
    format::{self, Locale},
    trading::{Balance, Digits},
};
use leptos::{prelude::*, server_fn::ServerFn};
use rust_decimal::Decimal;
use uuid::Uuid;

pub(super) async fn page(request: &Request) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let balances = request.services.exchange.balances(identity).await;
    let balances = balances.map_err(fail)?;
    let addresses = request.services.wallet.addresses(identity).await;
    let addresses = addresses.map_err(fail)?;
    let list = withdrawals::list(request, identity).await?;
    // The form that failed tells why by itself.
    let deposit = deposit(request);
    let withdrawing = addresses::section(request, identity, &balances, &addresses);
    let view = view! {
        <h1>"Wallet"</h1>
        {failed(request)}
        {said(request)}
        {live(request, "balances", &balances, panel("Balances", held(&balances, locale())))}
        {panel("Deposit", deposit)}
        {withdrawing}
        {live(request, "withdrawals", &balances, panel("Withdrawals", list))}
    };
    Ok(("Wallet", view.into_any()))
}

/// A name of its own for what a form asks for: sent twice, it is done once.
fn key() -> String {
    Uuid::now_v7().to_string()
}

fn held(balances: &[Balance], locale: Locale) -> AnyView {
    if balances.is_empty() {
        let hint = "Nothing yet. Deposit paper money below, and you can trade.";
        return view! { <p>{hint}</p> }.into_any();
    }
    let worth = balances.iter().map(|balance| balance.value_usd);
    let worth: Option<Decimal> = worth.map(|value| value.map(Digits::get)).sum();
    let total = worth.map_or_else(
        || "Some of it has no price at the moment.".to_owned(),
        |worth| format!("Worth {} in all.", format::usd(worth, locale)),
    );
    view! {
        {panel::balances(balances, locale)}
        <p>{total} " " <a href="/transactions">"See all movements"</a></p>
    }
    .into_any()
}

fn deposit(request: &Request) -> AnyView {
    let pairs = request.services.exchange.pairs().iter();
    let assets = std::iter::once(Asset::USD).chain(pairs.map(|pair| pair.base));
    let assets = assets.map(|asset| (asset.to_string(), asset.to_string()));
    let hint = "Paper money, credited at once; up to 100,000 US dollars' worth a day.";
    Form::new(request, "deposit", Deposit::PATH)
        .hidden("key", key())
        .select("asset", "Asset", assets.collect())
        .field(Field::new("amount", "Amount", "text", "off").hint(hint))
        .view("Deposit", "button primary")
}
