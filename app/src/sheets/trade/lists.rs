//! What the trader has, what waits, and what was done.

use super::{Desk, ticket, words};
use crate::{
    components::data_table::{
        Column::{self, Hidden, Number, Text},
        table,
    },
    error::AppError,
    functions::{
        answer::fail,
        trading::{CancelAll, CancelOrder},
    },
    sheets::{form::Form, locale, minute, panel::panel},
};
use domain::{
    exchange::order::Status,
    format::{self, Locale},
    trading::{Fill, Order},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::store::{OrderFilter, Page};

/// Open orders at most: as many as one account may have.
const OPEN: u32 = 500;
/// Lines of what was done. What was traded is among the transactions, all of it.
const DONE: u32 = 20;
/// What is said of an order.
const ORDERS: [Column; 6] = [
    Text("When"),
    Text("Order"),
    Text("Terms"),
    Number("Filled"),
    Number("Average"),
    Text("Stands"),
];
const OVER: [Status; 4] = [
    Status::Filled,
    Status::Cancelled,
    Status::Expired,
    Status::Rejected,
];

pub(super) async fn view(desk: &Desk<'_>) -> Result<AnyView, AppError> {
    let (exchange, identity) = (&desk.request.services.exchange, desk.identity);
    let first = |limit| Page {
        before: None,
        limit,
    };
    let [live, over] = [Status::LIVE.to_vec(), OVER.to_vec()].map(|statuses| OrderFilter {
        statuses,
        ..OrderFilter::default()
    });
    let open = exchange.orders(identity, &live, first(OPEN)).await;
    let past = exchange.orders(identity, &over, first(DONE)).await;
    let fills = exchange.fills(identity, None, first(DONE)).await;
    let (open, past, fills) = (
        open.map_err(fail)?,
        past.map_err(fail)?,
        fills.map_err(fail)?,
    );
    let locale = locale();
    let view = view! {
        {panel("Balances", balances(desk, locale))}
        {panel("Open orders", open_orders(desk, &open, locale))}
        {panel("Fills", filled(&fills, locale))}
        {panel("Order history", history(&past, locale))}
    };
    Ok(view.into_any())
}

fn balances(desk: &Desk<'_>, locale: Locale) -> AnyView {
    let assets = [desk.info.quote, desk.info.base];
    let rows = assets.map(|asset| {
        let mut all = desk.balances.iter();
        let held = all.find(|balance| balance.asset == asset);
        let held = held.filter(|balance| !balance.held.get().is_zero());
        let held = held.map(|balance| {
            let held = format::amount(balance.held.get(), locale);
            view! { <small>" + " {held} " held"</small> }
        });
        let available = format::amount(desk.available(asset).get(), locale);
        view! {
            <div>
                <dt>{asset.to_string()}</dt>
                <dd data-testid=format!("available-{asset}")>{available} {held}</dd>
            </div>
        }
    });
    view! {
        <dl class="stats">{rows.into_iter().collect_view()}</dl>
        <p>
            <a href="/wallet">"Deposit or withdraw"</a>
        </p>
    }
    .into_any()
}

fn open_orders(desk: &Desk<'_>, orders: &[Order], locale: Locale) -> AnyView {
    if orders.is_empty() {
        return view! { <p>"No order waits."</p> }.into_any();
    }
    let here = desk.here();
    let rows: Vec<_> = orders
        .iter()
        .map(|order| {
            let id = order.id.to_string();
            let name = format!("Cancel order: {}", what(order, locale));
            let cancel = Form::new(desk.request, &format!("cancel-{id}"), CancelOrder::PATH)
                .hidden("id", id)
                .hidden("next", here.clone())
                .labelled(name)
                .view("Cancel", "button");
            view! { <tr>{cells(order, locale)} <td class="stays">{cancel}</td></tr> }.into_any()
        })
        .collect();
    let all = (orders.len() > 1).then(|| {
        let form = Form::new(desk.request, "cancel-all", CancelAll::PATH)
            .hidden("next", here)
            .view("Yes, cancel all of them", "button danger");
        // One press alone takes nothing away that can't be had back.
        view! {
            <details class="ask" data-testid="ask-cancel-all">
                <summary class="button">"Cancel all orders of all pairs"</summary>
                {form}
            </details>
        }
    });
    let columns: Vec<Column> = ORDERS.into_iter().chain([Hidden("Cancel")]).collect();
    let caption = "Open orders, the newest first";
    let table = table("open-orders", "Open orders", caption, &columns, rows);
    view! {
        <div class="cards">{table}</div>
        {all}
    }
    .into_any()
}

fn history(orders: &[Order], locale: Locale) -> AnyView {
    if orders.is_empty() {
        return view! { <p>"Nothing yet."</p> }.into_any();
    }
    let rows = orders
        .iter()
        .map(|order| view! { <tr>{cells(order, locale)}</tr> }.into_any());
    let rows: Vec<_> = rows.collect();
    let caption = "The last orders that are over, the newest first";
    let table = table("order-history", "Order history", caption, &ORDERS, rows);
    view! { <div class="cards">{table}</div> }.into_any()
}

fn what(order: &Order, locale: Locale) -> String {
    let side = words::side_name(order.side);
    format!("{side} {}", words::size(order, locale))
}

fn cells(order: &Order, locale: Locale) -> AnyView {
    let side = ticket::side_name(order.side);
    let filled = format::amount(order.filled_quantity.get(), locale);
    let average = order.average_price;
    let average = average.map_or_else(|| "–".to_owned(), |it| format::price(it.get(), locale));
    let linked = order.linked_order_id.map(|_| ", OCO");
    let until = words::until(order).map(|until| format!(", {until}"));
    view! {
        <th scope="row">{minute(order.created_at)}</th>
        <td class=side data-label="Order">{what(order, locale)}</td>
        <td data-label="Terms">{words::terms(order, locale)} {until} {linked}</td>
        <td class="num" data-label="Filled">{filled}</td>
        <td class="num" data-label="Average">{average}</td>
        <td data-label="Stands">{words::standing(order)}</td>
    }
    .into_any()
}

fn filled(fills: &[Fill], locale: Locale) -> AnyView {
    if fills.is_empty() {
        return view! { <p>"Nothing was traded yet."</p> }.into_any();
    }
    let rows = fills.iter().map(|fill| {
        let quantity = format::amount(fill.quantity.get(), locale);
        view! {
            <tr>
                <th scope="row">{minute(fill.at)}</th>
                <td data-label="Traded">
                    {words::side_name(fill.side)} " " {quantity} " " {fill.pair.base().to_string()}
                </td>
                <td class="num" data-label="Price">{format::price(fill.price.get(), locale)}</td>
                <td class="num" data-label="US dollars">{format::usd(fill.amount.get(), locale)}</td>
                <td class="num" data-label="Fee">{format::usd(fill.fee.get(), locale)}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let columns = [
        Text("When"),
        Text("Traded"),
        Number("Price"),
        Number("US dollars"),
        Number("Fee"),
    ];
    let table = table("fills", "Fills", "Fills, the newest first", &columns, rows);
    view! {
        <div class="cards">{table}</div>
        <p>
            <a href="/transactions">"See all movements"</a>
        </p>
    }
    .into_any()
}
