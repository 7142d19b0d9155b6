//! What a coin's page says to somebody who is signed in: what they have of it, and an alert from here.

use super::{
    Page, Request,
    alerts::{self, price_form},
    form::{done, failed},
    locale, nothing_here,
    panel::{facts, panel},
};
use crate::error::AppError;
use domain::{
    CoinId,
    api::ApiError,
    format::{self, Locale},
    portfolio::{Money, view::HoldingView},
};
use leptos::prelude::*;
use services::auth::Identity;

pub(super) async fn page(request: &Request, coin: &str) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let market = &request.services.market;
    let coin = market.resolve(coin).ok_or_else(nothing_here)?;
    let known = market.catalogue().get(&coin);
    let symbol = known.map(|coin| coin.symbol.clone()).unwrap_or_default();
    let position = position(request, identity, &symbol).await;
    let alerts = set(request, identity, &coin).await;
    let form = price_form(request, &coin);
    let alert = view! {
        {form}
        <p class="muted">"A press on the chart takes its price."</p>
        {alerts}
        <p>
            <a href=format!("/alerts?new=move&coin={coin}")>"Alert of a move"</a>
            " · "
            <a href="/alerts">"All alerts"</a>
        </p>
    };
    let view = view! {
        {failed(request)}
        {done(request)}
        <div class="coin-own">{panel("Your position", position)} {panel("Alert", alert)}</div>
    };
    Ok(("Coin", view.into_any()))
}

/// What somebody has of it, or why that can't be said: neither the coin nor an alert depends on it.
async fn position(request: &Request, identity: &Identity, symbol: &str) -> AnyView {
    let overview = match request.services.portfolios.overview(identity, None).await {
        Ok(overview) => overview,
        Err(error) => {
            let why = ApiError::from(error).detail;
            return view! { <p data-testid="no-position">"It can't be said now: " {why}</p> }
                .into_any();
        }
    };
    let mut holdings = overview.holdings.iter();
    let held = holdings.find(|holding| holding.asset.as_str() == symbol);
    match held {
        Some(holding) => owned(holding, locale()),
        None => view! {
            <p>
                "You have none. "<a href=format!("/trade/{symbol}-USD")>"Buy some"</a>" or "
                <a href="/dashboard?add">"enter what you have elsewhere"</a>"."
            </p>
        }
        .into_any(),
    }
}

fn owned(holding: &HoldingView, locale: Locale) -> AnyView {
    let usd = |amount: Money| format::usd(amount.to_decimal(), locale);
    let known = |amount: Option<Money>| amount.map_or_else(|| "–".to_owned(), usd);
    let quantity = holding.quantity.to_decimal();
    let each = holding.cost.to_decimal().checked_div(quantity);
    let each = each.map_or_else(|| "–".to_owned(), |each| format::usd(each, locale));
    let quantity = format::amount(quantity, locale);
    let rows = vec![
        ("You have", format!("{quantity} {}", holding.asset)),
        ("It is worth", known(holding.value)),
        ("It cost", usd(holding.cost)),
        ("On average", each),
        ("Unrealised", known(holding.unrealised)),
        ("Realised", usd(holding.realised)),
    ];
    view! {
        {facts("position", rows)}
        <p class="muted">
            "As it was when this was loaded; the "<a href="/dashboard">"dashboard"</a>" moves with the price."
        </p>
    }
    .into_any()
}

/// The alerts of this coin that are set, or that they can't be shown: a new one can be set all the same.
async fn set(request: &Request, identity: &Identity, coin: &CoinId) -> Option<AnyView> {
    let all = match request.services.alerts.list(identity).await {
        Ok(all) => all,
        Err(error) => {
            let why = ApiError::from(error).detail;
            let view = view! {
                <p data-testid="no-alerts">"Your alerts can't be shown now: " {why}</p>
            };
            return Some(view.into_any());
        }
    };
    let of_coin = all
        .iter()
        .filter(|alert| alert.condition.coin() == Some(coin) && alert.standing.is_watched());
    let rows: Vec<_> = of_coin
        .map(|alert| view! { <li>{alerts::condition(request, &alert.condition, locale())}</li> })
        .collect();
    let is_any = !rows.is_empty();
    is_any.then(|| {
        view! {
            <ul data-testid="set-alerts">
                {rows}
            </ul>
        }
        .into_any()
    })
}
