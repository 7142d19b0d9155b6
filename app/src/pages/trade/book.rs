//! The book, asked for again whenever the price has moved.

use crate::{
    account::use_user, components::price_cell::CoinPrice, error::AppError,
    functions::trading::pair_book,
};
use leptos::prelude::*;

/// A pair's book.
#[derive(Clone, Copy)]
pub(super) struct Book {
    rows: Resource<Result<String, AppError>>,
    moved: RwSignal<u32>,
}

impl Book {
    pub(super) fn of(base: Memo<String>) -> Self {
        let (moved, user) = (RwSignal::new(0), use_user());
        Self {
            // One's own orders stand in it as well.
            rows: Resource::new(
                move || (base.get(), moved.get(), user.touched()),
                |(base, ..)| pair_book(format!("{base}-USD")),
            ),
            moved,
        }
    }

    /// Asks again when the price moves, until the caller's owner is gone.
    pub(super) fn follow(self, price: CoinPrice) {
        Effect::new(move |before: Option<_>| {
            let now = (price.get(), price.is_stale());
            if before.is_some_and(|before| before != now) {
                self.moved.update(|moved| *moved += 1);
            }
            now
        });
    }

    pub(super) fn panel(self) -> AnyView {
        let show = |rows: Result<String, AppError>| match rows {
            Ok(rows) => view! { <div inner_html=rows></div> }.into_any(),
            // The next price asks again.
            Err(error) => view! { <p class="book-empty">{error.detail}</p> }.into_any(),
        };
        let rows = self.rows;
        view! {
            <section class="panel trade-book" aria-labelledby="book-title">
                <h2 id="book-title">"Book"</h2>
                <Transition fallback=|| {
                    view! { <p class="book-empty">"Loading…"</p> }
                }>{move || Suspend::new(async move { show(rows.await) })}</Transition>
            </section>
        }
        .into_any()
    }
}
