//! What there is and what there was, asset by asset.

use super::{
    allocation,
    shown::{Shown, direction},
};
use crate::{
    components::{
        data_table::{
            Column::{Number, Text},
            table,
        },
        panel::panel,
    },
    format::minute,
};
use domain::{
    exchange::Asset,
    portfolio::{Figure, view::HoldingView},
};
use leptos::prelude::*;

pub(super) fn held(shown: &Shown) -> AnyView {
    let holdings = &shown.statement.overview.holdings;
    if holdings.is_empty() {
        let nothing = view! { <p>"Nothing is left: see what was sold below."</p> };
        return panel("Holdings", nothing);
    }
    let rows = holdings.iter().map(|holding| row(shown, holding));
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
    let caption = "Holdings, the most valuable first";
    let table = table("holdings", "Holdings", caption, &columns, rows);
    let bar = allocation::bar(shown);
    let content = view! {
        {bar}
        <div class="cards">{table}</div>
        {exports(shown)}
    };
    panel("Holdings", content)
}

/// Files for a spreadsheet, or for the tax office.
fn exports(shown: &Shown) -> AnyView {
    let file = |what: &str| {
        let method = shown.method().as_str();
        format!("/api/portfolio/export.csv?what={what}&method={method}")
    };
    view! {
        <p class="cluster" data-testid="exports">
            "As CSV: "
            <a href=file("lots") rel="external" download="">
                "lots"
            </a>
            <a href=file("gains") rel="external" download="">
                "realised gains"
            </a>
            <a href=file("transactions") rel="external" download="">
                "transactions"
            </a>
        </p>
    }
    .into_any()
}

fn row(shown: &Shown, holding: &HoldingView) -> AnyView {
    let asset = holding.asset;
    let none = || "–".into_any();
    let link = |amount, figure| shown.dollars(amount, figure);
    let price = holding.price.map_or_else(
        || shown.unknown(Figure::Price(asset)),
        |price| {
            let text = domain::format::usd(price.to_decimal(), shown.locale);
            shown.explained(text, price, Figure::Price(asset))
        },
    );
    let quantity = match asset {
        // To the cent, as everything in dollars.
        Asset::USD => domain::format::dollars(holding.quantity.to_decimal(), shown.locale),
        _ => shown.amount(holding.quantity),
    };
    let quantity = shown.explained(quantity, holding.quantity, Figure::Quantity(asset));
    let value = holding.value.map_or_else(
        || shown.unknown(Figure::Value(Some(asset))),
        |value| link(value, Figure::Value(Some(asset))),
    );
    // Nothing is won with dollars.
    let unrealised = match asset == Asset::USD {
        true => ("num", none()),
        false => shown.made(holding.unrealised, Figure::Unrealised(Some(asset))),
    };
    let realised = if holding.realised.is_zero() {
        none()
    } else {
        link(holding.realised, Figure::Realised(Some(asset)))
    };
    view! {
        <tr data-asset=asset.to_string()>
            <th scope="row">{name(shown, asset)}</th>
            <td class="num" data-label="Quantity">{quantity}</td>
            <td class="num" data-label="Price">{price}</td>
            <td class="num" data-label="Value">{value}</td>
            <td class="num" data-label="Part">{part(shown, holding)}</td>
            <td class="num" data-label="Cost">{link(holding.cost, Figure::Cost(Some(asset)))}</td>
            <td class=unrealised.0 data-label="Unrealised">{unrealised.1}</td>
            <td class=direction(holding.realised) data-label="Realised">{realised}</td>
        </tr>
    }
    .into_any()
}

/// The ticker, which leads to its coin.
fn name(shown: &Shown, asset: Asset) -> AnyView {
    match shown.coins.get(&asset) {
        Some(coin) if asset != Asset::USD => {
            let href = format!("/coins/{coin}");
            view! { <a href=href>{asset.to_string()}</a> }.into_any()
        }
        _ => asset.to_string().into_any(),
    }
}

/// A bar as long as its part of everything.
fn part(shown: &Shown, holding: &HoldingView) -> AnyView {
    let Some(share) = holding.share else {
        return match holding.value {
            Some(_) => "–".into_any(),
            None => shown.unknown(Figure::Share(holding.asset)),
        };
    };
    let ratio = domain::number::to_double(share.to_decimal());
    let width = format!("{:.1}", (ratio * 100.0).clamp(0.0, 100.0));
    let text = domain::format::share(ratio * 100.0, shown.locale);
    view! {
        <svg class="share-bar" viewBox="0 0 100 8" aria-hidden="true" focusable="false" preserveAspectRatio="none">
            <rect width=width height="8" />
        </svg>
        {shown.explained(text, share, Figure::Share(holding.asset))}
    }
    .into_any()
}

pub(super) fn closed(shown: &Shown) -> Option<AnyView> {
    let closed = &shown.statement.overview.closed;
    if closed.is_empty() {
        return None;
    }
    let rows = closed.iter().map(|closed| {
        let profit = shown.dollars(closed.realised, Figure::Realised(Some(closed.asset)));
        view! {
            <tr data-asset=closed.asset.to_string()>
                <th scope="row">{closed.asset.to_string()}</th>
                <td>{minute(closed.at)}</td>
                <td class="num">{shown.dollars(closed.proceeds, Figure::Proceeds(closed.asset))}</td>
                <td class="num">{shown.dollars(closed.cost, Figure::SoldCost(closed.asset))}</td>
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
    let (title, caption) = ("Closed positions", "What there was, the latest first");
    Some(panel(
        title,
        table("closed", title, caption, &columns, rows),
    ))
}
