//! The head of the table: each column is a link that sorts by it.

use super::Place;
use crate::shared::shared;
use domain::listing::{SortKey, SortOrder};
use leptos::prelude::*;

/// Class and label of each sortable column, in order.
const COLUMNS: [(SortKey, &str, &str); 6] = [
    (SortKey::Rank, "col-rank number", "#"),
    (SortKey::Name, "col-name", "Name"),
    (SortKey::Price, "col-price number", "Price"),
    (SortKey::Change, "col-change number", "24 h"),
    (SortKey::MarketCap, "col-cap number", "Market cap"),
    (SortKey::Volume, "col-volume number", "Volume"),
];

pub(super) fn head(place: Place) -> AnyView {
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .map(|(key, class, label)| column(place, key, class, label))
        .collect();
    view! {
        <thead>
            <tr>
                <th scope="col" class="col-star">
                    <span class="visually-hidden">"Favourite"</span>
                </th>
                {columns}
                <th scope="col" class="col-spark">
                    "7 days"
                </th>
                <th scope="col" class="col-trade">
                    <span class="visually-hidden">"Trade"</span>
                </th>
            </tr>
        </thead>
    }
    .into_any()
}

/// Columns that phones have no room for.
const HIDDEN_ON_PHONES: [(SortKey, &str); 3] = [
    (SortKey::Rank, "Rank"),
    (SortKey::MarketCap, "Market cap"),
    (SortKey::Volume, "Volume"),
];

/// On phones, the orders whose columns are hidden.
pub(super) fn more_orders(place: Place) -> AnyView {
    let links: Vec<_> = HIDDEN_ON_PHONES
        .into_iter()
        .map(|(key, label)| {
            let order = move || {
                let (current, order) = place.query.with(|query| query.sorting());
                (current == key).then_some(order)
            };
            view! {
                <a
                    href=move || place.href(|query| query.sorted_by(key))
                    aria-current=move || order().map(|_| "true")
                    data-noscroll=""
                >
                    {label}
                    <span class="arrow" aria-hidden="true">
                        {move || order().map_or("", arrow)}
                    </span>
                </a>
            }
            .into_any()
        })
        .collect();
    view! {
        <nav class="tabs more-orders" aria-label="Sort by">
            {links}
        </nav>
    }
    .into_any()
}

const fn arrow(order: SortOrder) -> &'static str {
    match order {
        SortOrder::Asc => "▲",
        SortOrder::Desc => "▼",
    }
}

fn column(place: Place, key: SortKey, class: &'static str, label: &'static str) -> AnyView {
    let order = Memo::new(move |_| {
        let (current, order) = place.query.with(|query| query.sorting());
        (current == key).then_some(order)
    });
    let aria_sort = shared(move || {
        order.get().map(|order| match order {
            SortOrder::Asc => "ascending",
            SortOrder::Desc => "descending",
        })
    });
    let arrow = move || order.get().map_or("", arrow);
    let href = shared(move || place.href(|query| query.sorted_by(key)));
    let name = (key == SortKey::Rank).then_some("Rank by market cap");
    view! {
        <th scope="col" class=class aria-sort=aria_sort>
            <a href=href data-noscroll="" aria-label=name>
                {label}
                <span class="arrow" aria-hidden="true">
                    {move || arrow()}
                </span>
            </a>
        </th>
    }
    .into_any()
}
