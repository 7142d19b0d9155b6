//! The line to `/ws/account`, open while somebody is signed in: it counts what they have not seen, shows what
//! they are told, and says when the page is to be brought up to date.

/// Opens and closes it, for as long as the caller's owner lives.
pub(crate) fn keep() {
    #[cfg(feature = "hydrate")]
    browser::keep();
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::{
        account::{CurrentUser, live, use_user},
        components::toasts::{Toaster, use_toaster},
        hooks::connection::{
            driver::{self, Line},
            machine::{Event, Link},
        },
    };
    use js_sys::Reflect;
    use leptos::prelude::*;
    use std::{cell::Cell, time::Duration};
    use wasm_bindgen::JsValue;

    static LINE: Line = Line {
        path: "/ws/account",
        heard,
        changed,
        ticked: |_| {},
    };

    /// What is told to whom in this tab.
    #[derive(Clone, Copy)]
    struct Tab {
        user: CurrentUser,
        toaster: Toaster,
    }

    thread_local! {
        static TAB: Cell<Option<Tab>> = const { Cell::new(None) };
        /// The number of the newest notification that was heard of.
        static NEWEST: Cell<u64> = const { Cell::new(0) };
        /// Whether nothing could be heard for a while.
        static LOST: Cell<bool> = const { Cell::new(false) };
        /// Whether it is known what was unread when the line was opened first: all else is news.
        static SETTLED: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn keep() {
        let user = use_user();
        let toaster = use_toaster();
        TAB.set(Some(Tab { user, toaster }));
        Effect::new(move || {
            let is_signed_in = user.get().is_some();
            // Hydration is over by then.
            set_timeout(move || turn(is_signed_in), Duration::ZERO);
        });
    }

    fn turn(is_signed_in: bool) {
        if is_signed_in {
            driver::start(&LINE);
            return;
        }
        driver::dispatch(&LINE, Event::Stop);
        // Somebody else may sign in.
        NEWEST.set(0);
        SETTLED.set(false);
    }

    /// A field of what the server tells. Read as the browser does: types for it would weigh more than all else
    /// here.
    fn field(of: &JsValue, name: &str) -> Option<JsValue> {
        let found = Reflect::get(of, &name.into()).ok()?;
        (!found.is_undefined()).then_some(found)
    }

    /// Counters are far below what a double holds exactly.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the server counts from zero up"
    )]
    fn number(of: &JsValue, name: &str) -> Option<u64> {
        let number = field(of, name)?.as_f64()?;
        Some(number as u64)
    }

    fn heard(text: &str) {
        let (Ok(told), Some(tab)) = (js_sys::JSON::parse(text), TAB.get()) else {
            return;
        };
        let Some(unread) = number(&told, "unread") else {
            live::heard(tab.user, number(&told, "sequence").unwrap_or_default());
            return;
        };
        tab.user.unread.set(unread);
        let Some(news) = field(&told, "notification") else {
            SETTLED.set(true);
            return;
        };
        let sequence = number(&news, "sequence").unwrap_or_default();
        if sequence > NEWEST.get() {
            NEWEST.set(sequence);
            let title = field(&news, "title").and_then(|title| title.as_string());
            if let (true, Some(title)) = (SETTLED.get(), title) {
                tab.toaster.show(title);
            }
        }
    }

    fn changed(link: Link) {
        live::changed(link);
        // When it is lost, and when it is back: what happened between the two nobody has told.
        let is_back = link == Link::Open && LOST.replace(false);
        let is_lost = matches!(link, Link::Waiting { .. });
        if is_lost {
            LOST.set(true);
        }
        if let (true, Some(tab)) = (is_lost || is_back, TAB.get()) {
            tab.user.touch();
        }
    }
}
