//! Who is signed in, as this tab knows it.

#[cfg(feature = "ssr")]
pub mod flash;
pub(crate) mod line;
pub(crate) mod live;
#[cfg(feature = "ssr")]
pub mod note;
mod outcome;
#[cfg(feature = "hydrate")]
mod submit;
#[cfg(feature = "hydrate")]
mod wallet;

pub use outcome::{Outcome, Viewer};

use crate::page_data::PageData;
use leptos::{ev::SubmitEvent, prelude::*};

/// Where people sign in.
pub const SIGN_IN: &str = "/auth";
/// Where somebody goes who has signed in and came from nowhere.
pub const HOME: &str = "/dashboard";
/// What a form says of fields that are wrong, each of which tells why. Programs are told their names.
pub const CHECK: &str = "Please check what is marked.";
/// The event of the window when a session has ended.
pub const LOGOUT_EVENT: &str = "auth:logout";
/// What is kept in the browser anew whenever somebody signs out, so that other tabs hear of it.
const SIGNED_OUT: &str = "signed-out";

/// Who is signed in, shared by everything in this tab.
#[derive(Debug, Clone, Copy)]
pub struct CurrentUser {
    user: RwSignal<Option<Viewer>>,
    /// Grows when what the server says about this address may have changed.
    changes: RwSignal<u32>,
    /// Grows when something has happened to their orders or money.
    touched: RwSignal<u32>,
    /// How many notifications they have not seen.
    unread: RwSignal<u64>,
}

impl CurrentUser {
    /// The account; tracked.
    #[must_use]
    pub fn get(self) -> Option<Viewer> {
        self.user.get()
    }

    /// The account; not tracked.
    #[must_use]
    pub fn get_untracked(self) -> Option<Viewer> {
        self.user.get_untracked()
    }

    /// How often a form has led back to the page it stands on; tracked.
    #[must_use]
    pub fn changes(self) -> u32 {
        self.changes.get()
    }

    /// How often something has happened to their orders or money; tracked.
    #[must_use]
    pub fn touched(self) -> u32 {
        self.touched.get()
    }

    /// How many notifications they have not seen; empty for none. Tracked.
    #[must_use]
    pub fn unread_text(self) -> String {
        match self.unread.get() {
            0 => String::new(),
            unread => unread.to_string(),
        }
    }

    /// Something has.
    pub fn touch(self) {
        self.touched.update(|touched| *touched += 1);
    }
}

/// Makes [`use_user`] work in everything below. The user is the one the server rendered, so nobody
/// who is signed in sees a page for somebody else first.
pub(crate) fn provide_user(page: &PageData) {
    let user = CurrentUser {
        user: RwSignal::new(page.user.clone()),
        changes: RwSignal::new(0),
        touched: RwSignal::new(0),
        unread: RwSignal::new(page.unread),
    };
    provide_context(user);
    Effect::new(move || {
        let event = leptos::ev::Custom::<leptos::ev::Event>::new(LOGOUT_EVENT);
        let ended = window_event_listener(event, move |_| user.user.set(None));
        // Somebody has signed out in another tab: whatever shows what is theirs asks, and finds out.
        let elsewhere = window_event_listener(leptos::ev::storage, move |event| {
            let is_over = event.key().as_deref() == Some(SIGNED_OUT);
            if is_over && user.user.with_untracked(Option::is_some) {
                user.touch();
            }
        });
        on_cleanup(move || {
            ended.remove();
            elsewhere.remove();
        });
    });
}

/// Who is signed in.
#[must_use]
pub fn use_user() -> CurrentUser {
    use_context().unwrap_or_else(|| CurrentUser {
        user: RwSignal::new(None),
        changes: RwSignal::new(0),
        touched: RwSignal::new(0),
        unread: RwSignal::new(0),
    })
}

/// Sends the forms below an element by script, as the browser would by itself: what is wrong stands
/// beside the fields without loading the page again. Forms that are no server function's are left
/// alone. Call it while the page is being set up.
pub fn send_forms() -> impl Fn(SubmitEvent) + Clone + 'static {
    #[cfg(feature = "hydrate")]
    return submit::send_forms(use_user());
    #[cfg(not(feature = "hydrate"))]
    |_event: SubmitEvent| {}
}

/// An address that remembers where to go on afterwards: a path of this site with its query.
#[must_use]
pub fn with_next(path: &str, next: &str) -> String {
    format!("{path}?next={}", domain::address::value(next))
}

/// What is wrong with a field, as a sentence.
#[must_use]
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
