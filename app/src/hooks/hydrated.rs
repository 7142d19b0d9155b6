//! When the page has become interactive.

use leptos::prelude::*;
use std::time::Duration;

/// Sets `html[data-hydrated=true]` once the page has been hydrated.
///
/// Effects run after the tree is there, and the timer fires after the tasks that hydrate what
/// waited for data.
pub(crate) fn mark_when_ready() {
    after_hydration(|| {
        if let Some(root) = document().document_element() {
            // The attribute is for tests and styles; nothing depends on it.
            let _set = root.set_attribute("data-hydrated", "true");
        }
    });
}

/// Runs something in the browser once hydration is over; never on the server.
pub(crate) fn after_hydration(run: impl FnOnce() + 'static) {
    let mut run = Some(run);
    Effect::new(move || {
        if let Some(run) = run.take() {
            set_timeout(run, Duration::ZERO);
        }
    });
}
