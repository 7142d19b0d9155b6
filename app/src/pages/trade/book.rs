//! The book, asked for again whenever the price has moved.

use crate::{
    account::use_user, components::price_cell::CoinPrice, error::AppError,
    functions::trading::pair_book,
};
use leptos::prelude::*;
use std::time::Duration;

/// Between two looks at it: as often as eyes follow.
const PAUSE: Duration = Duration::from_millis(1_500);

/// A pair's book.
#[derive(Clone, Copy)]
pub(super) struct Book {
    rows: Resource<Result<String, AppError>>,
    moved: RwSignal<u32>,
}

impl Book {
    pub(super) fn of(base: Memo<String>, is_final: Memo<bool>) -> Self {
        let (moved, user) = (RwSignal::new(0), use_user());
        Self {
            // One's own orders stand in it as well.
            rows: Resource::new(
                move || (base.get(), is_final.get(), moved.get(), user.touched()),
                |(base, is_final, ..)| async move {
                    match is_final {
                        true => pair_book(format!("{base}-USD")).await,
                        false => Ok(String::new()),
                    }
                },
            ),
            moved,
        }
    }

    /// Asks again when the price moves, until the caller's owner is gone.
    pub(super) fn follow(self, price: CoinPrice) {
        let waits = StoredValue::new(false);
        Effect::new(move |before: Option<_>| {
            let now = (price.get(), price.is_stale());
            let has_moved = before.is_some_and(|before| before != now);
            if has_moved && !waits.get_value() {
                waits.set_value(true);
                set_timeout(move || self.ask(waits), PAUSE);
            }
            now
        });
    }

    /// Not while nobody looks, nor while a price is being pressed, which would be gone under the finger.
    fn ask(self, waits: StoredValue<bool>) {
        let pressed = document().query_selector(".trade-book button:active");
        let is_pressed = pressed.is_ok_and(|pressed| pressed.is_some());
        if waits.is_disposed() {
            return;
        }
        if is_pressed || document().hidden() {
            set_timeout(move || self.ask(waits), PAUSE);
            return;
        }
        waits.set_value(false);
        // The page may have been left meanwhile.
        let _left = self.moved.try_update(|moved| *moved += 1);
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
