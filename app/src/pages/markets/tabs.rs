//! All, Favourites, Gainers, Losers.

use super::{Place, query::Filter};
use crate::shared::shared;
use leptos::prelude::*;

pub(super) fn tabs(place: Place) -> AnyView {
    let links: Vec<_> = Filter::ALL
        .into_iter()
        .map(|filter| {
            let href = shared(move || place.href(|query| query.filtered_by(filter)));
            let current =
                move || (place.query.with(|query| query.filter) == filter).then_some("page");
            view! {
                <a href=href aria-current=current data-noscroll="">
                    {filter.label()}
                </a>
            }
            .into_any()
        })
        .collect();
    view! {
        <nav class="tabs" aria-label="Which coins">
            {links}
        </nav>
    }
    .into_any()
}
