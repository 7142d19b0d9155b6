//! Which lots a sale would take, and what it would make, under each method.

use super::Desk;
use crate::{
    components::data_table::{
        Column::{Number, Text},
        table,
    },
    sheets::locale,
};
use domain::{
    exchange::Asset,
    format::{self, Locale},
    portfolio::{Fixed, Method, preview::Outlook},
    trading::{Digits, PlaceOrder, Preview},
};
use leptos::prelude::*;

/// What a sale would realise. Nothing for a purchase, for one whose price nobody knows yet, or where the
/// portfolio can't be computed now: the order itself does not depend on it.
pub(super) async fn of(desk: &Desk<'_>, order: &PlaceOrder, preview: &Preview) -> Option<AnyView> {
    let services = &desk.request.services;
    let highest = services.exchange.settings().rates.highest();
    let (quantity, proceeds) = preview.sale(order, highest)?;
    let portfolios = &services.portfolios;
    let base = desk.info.base;
    let outlooks = portfolios.outlooks(desk.identity, base, quantity, proceeds);
    let outlooks = outlooks.await.ok().filter(|all| !all.is_empty())?;
    let method = portfolios.method(desk.identity).await.unwrap_or_default();
    let note = if preview.filled_quantity == Digits::default() {
        Some("If all of it sells at its price, with the highest fee.".to_owned())
    } else if order
        .quantity
        .is_some_and(|all| preview.filled_quantity < all)
    {
        let part = format::amount(preview.filled_quantity.get(), locale());
        Some(format!("Of the {part} {base} that sell at once."))
    } else {
        None
    };
    Some(view(&outlooks, method, base, note))
}

fn view(outlooks: &[Outlook], method: Method, asset: Asset, note: Option<String>) -> AnyView {
    let locale = locale();
    let rows: Vec<_> = outlooks
        .iter()
        .map(|one| row(one, method, locale))
        .collect();
    let columns = [
        Text("Method"),
        Text("Lots"),
        Number("Cost"),
        Number("Profit"),
    ];
    let (title, caption) = (
        "What it would realise",
        "Profit under each method, after fees",
    );
    let yours = outlooks.iter().find(|one| one.method == method);
    let lots = yours.map(|one| lots(one, asset, locale));
    let note = note.map(|note| view! { <p class="muted">{note}</p> });
    view! {
        <div data-testid="outlook">
            {table("outlooks", title, caption, &columns, rows)}
            {note}
            {lots}
        </div>
    }
    .into_any()
}

fn usd<const P: u32>(amount: Fixed<P>, locale: Locale) -> String {
    format::usd(amount.to_decimal(), locale)
}

fn row(outlook: &Outlook, method: Method, locale: Locale) -> AnyView {
    let class = if outlook.realised.is_negative() {
        "num down"
    } else {
        "num up"
    };
    let is_yours = outlook.method == method;
    let count = match outlook.parts.len() {
        1 => "1 lot".to_owned(),
        count => format!("{count} lots"),
    };
    view! {
        <tr data-method=outlook.method.as_str()>
            <th scope="row" title=outlook.method.explanation()>
                {outlook.method.title()} {is_yours.then_some(" (yours)")}
            </th>
            <td>{count}</td>
            <td class="num">{usd(outlook.cost, locale)}</td>
            <td class=class>{usd(outlook.realised, locale)}</td>
        </tr>
    }
    .into_any()
}

/// Lots that are told one by one.
const MOST: usize = 20;

fn lots(outlook: &Outlook, asset: Asset, locale: Locale) -> AnyView {
    let more = outlook.parts.len().saturating_sub(MOST);
    let more = (more > 0).then(|| view! { <li>{format!("and {more} more")}</li> });
    let parts = outlook.parts.iter().take(MOST).map(|part| {
        let quantity = format::amount(part.lot.quantity.to_decimal(), locale);
        let bought = time::OffsetDateTime::from(part.lot.at).date();
        let cost = usd(part.lot.cost, locale);
        view! { <li>{format!("{quantity} {asset} of {bought}, which cost {cost}")}</li> }
    });
    let parts: Vec<_> = parts.collect();
    view! {
        <details>
            <summary>{format!("The lots it would take under {}", outlook.method.title())}</summary>
            <ul>{parts} {more}</ul>
        </details>
    }
    .into_any()
}
