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
    use leptos::prelude::*;
    use serde::Deserialize;
    use std::{cell::Cell, time::Duration};

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

    /// Of what the server tells, what is needed here.
    #[derive(Deserialize)]
    struct Told {
        #[serde(default)]
        sequence: u64,
        unread: Option<u64>,
        notification: Option<Notification>,
    }

    #[derive(Deserialize)]
    struct Notification {
        sequence: u64,
        title: String,
    }

    fn heard(text: &str) {
        let (Ok(told), Some(tab)) = (serde_json::from_str::<Told>(text), TAB.get()) else {
            return;
        };
        let Some(unread) = told.unread else {
            live::heard(tab.user, told.sequence);
            return;
        };
        tab.user.unread.set(unread);
        let Some(news) = told.notification else {
            SETTLED.set(true);
            return;
        };
        if news.sequence > NEWEST.get() {
            NEWEST.set(news.sequence);
            if SETTLED.get() {
                tab.toaster.show(news.title);
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
