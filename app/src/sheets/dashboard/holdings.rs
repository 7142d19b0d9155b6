//! What there is and what there was, asset by asset.

use super::{Shown, direction};
use crate::sheets::{
    Request, minute,
    table::{
        Column::{Number, Text},
        table,
    },
};
use domain::{
    exchange::Asset,
    portfolio::{
        Figure,
        view::{HoldingView, Overview},
    },
};
use leptos::prelude::*;

pub(super) fn table_of(shown: &Shown<'_>, request: &Request, overview: &Overview) -> AnyView {
    if overview.holdings.is_empty() {
        return view! { <p>"Nothing is left: see what was sold below."</p> }.into_any();
    }
    let rows = overview
        .holdings
        .iter()
        .map(|holding| row(shown, request, holding));
    let rows: Vec<_> = rows.collect();
    let columns = [
        Text("Asset"),
        Number("Quantity"),
        Number("Price"),
        Number("Value"),
        Number("Part"),
        Number("Cost"),
        Number("Unrealised"),
        Number("Realised"),
    ];
    table(
        "holdings",
        "Holdings",
        "Holdings, the most valuable first",
        &columns,
        rows,
    )
}

fn row(shown: &Shown<'_>, request: &Request, holding: &HoldingView) -> AnyView {
    let asset = holding.asset;
    let none = || "–".into_any();
    let link = |amount, figure| shown.explained(shown.usd(amount), figure);
    let price = holding
        .price
        .map_or_else(none, |price| shown.usd(price).into_any());
    let value = holding
        .value
        .map_or_else(none, |value| link(value, Figure::Value(Some(asset))));
    let unrealised = holding.unrealised.filter(|_| asset != Asset::USD);
    let class = unrealised.map_or("num", direction);
    let unrealised =
        unrealised.map_or_else(none, |profit| link(profit, Figure::Unrealised(Some(asset))));
    let realised = if holding.realised.is_zero() {
        none()
    } else {
        link(holding.realised, Figure::Realised(Some(asset)))
    };
    view! {
        <tr data-asset=asset.to_string()>
            <th scope="row">{name(request, asset)}</th>
            <td class="num">{shown.amount(holding.quantity)}</td>
            <td class="num">{price}</td>
            <td class="num">{value}</td>
            <td class="num">{part(shown, holding)}</td>
            <td class="num">{link(holding.cost, Figure::Cost(Some(asset)))}</td>
            <td class=class>{unrealised}</td>
            <td class=direction(holding.realised)>{realised}</td>
        </tr>
    }
    .into_any()
}

/// The ticker, which leads to its coin.
fn name(request: &Request, asset: Asset) -> AnyView {
    match request.services.market.resolve(asset.as_str()) {
        Some(coin) if asset != Asset::USD => {
            let href = format!("/coins/{coin}");
            view! { <a href=href>{asset.to_string()}</a> }.into_any()
        }
        _ => asset.to_string().into_any(),
    }
}

/// A bar as long as its part of everything.
fn part(shown: &Shown<'_>, holding: &HoldingView) -> AnyView {
    let Some(share) = holding.share else {
        return "–".into_any();
    };
    let ratio = domain::number::to_double(share.to_decimal());
    let width = format!("{:.1}", (ratio * 100.0).clamp(0.0, 100.0));
    let text = domain::format::share(ratio * 100.0, shown.locale);
    view! {
        <svg class="share-bar" viewBox="0 0 100 8" aria-hidden="true" focusable="false" preserveAspectRatio="none">
            <rect width=width height="8" />
        </svg>
        {text}
    }
    .into_any()
}

pub(super) fn closed(shown: &Shown<'_>, overview: &Overview) -> AnyView {
    let rows = overview.closed.iter().map(|closed| {
        let profit = shown.explained(
            shown.usd(closed.realised),
            Figure::Realised(Some(closed.asset)),
        );
        view! {
            <tr data-asset=closed.asset.to_string()>
                <th scope="row">{closed.asset.to_string()}</th>
                <td>{minute(closed.at)}</td>
                <td class="num">{shown.usd(closed.proceeds)}</td>
                <td class="num">{shown.usd(closed.cost)}</td>
                <td class=direction(closed.realised)>{profit}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let columns = [
        Text("Asset"),
        Text("Last sold"),
        Number("Got for it"),
        Number("Cost"),
        Number("Profit"),
    ];
    table(
        "closed",
        "Closed positions",
        "What there was, the latest first",
        &columns,
        rows,
    )
}
