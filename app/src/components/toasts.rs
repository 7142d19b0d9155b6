//! Short messages that come and go, read out politely.

use super::icons::{Icon, IconName};
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays.
const SHOWN_FOR: Duration = Duration::from_secs(6);
/// Messages shown at once; the oldest gives way.
const AT_ONCE: usize = 3;

/// Hands messages to the region at the foot of the page.
#[derive(Debug, Clone, Copy)]
pub struct Toaster {
    messages: RwSignal<Vec<(u32, String)>>,
    next: StoredValue<u32>,
}

impl Toaster {
    fn new() -> Self {
        Self {
            messages: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        }
    }

    /// Shows a message for a few seconds. Only of use in the browser.
    pub fn show(self, text: impl Into<String>) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.messages.update(|messages| {
            messages.push((id, text.into()));
            if messages.len() > AT_ONCE {
                messages.remove(0);
            }
        });
        set_timeout(move || self.close(id), SHOWN_FOR);
    }

    fn close(self, id: u32) {
        self.messages
            .update(|messages| messages.retain(|(other, _)| *other != id));
    }
}

/// Makes [`use_toaster`] work in everything below.
pub(crate) fn provide_toaster() {
    provide_context(Toaster::new());
}

/// The page's messages.
#[must_use]
pub fn use_toaster() -> Toaster {
    use_context().unwrap_or_else(Toaster::new)
}

/// Where messages appear.
#[component]
pub fn Toasts() -> impl IntoView {
    let toaster = use_toaster();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For
                each=move || toaster.messages.get()
                key=|(id, _)| *id
                children=move |(id, text)| {
                    view! {
                        <div class="toast">
                            <span>{text}</span>
                            <button
                                type="button"
                                class="icon-button"
                                aria-label="Dismiss"
                                on:click=move |_| toaster.close(id)
                            >
                                <Icon name=IconName::Cross />
                            </button>
                        </div>
                    }
                    .into_any()
                }
            />
        </div>
    }
}
