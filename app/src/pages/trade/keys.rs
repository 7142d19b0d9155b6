//! Keys of the page: what an element's `aria-keyshortcuts` names. Whoever speaks to the computer or types
//! by accident can switch them off (WCAG 2.1.4).

use leptos::prelude::*;

/// Listens for as long as the caller's owner lives; gives the switch.
pub(super) fn listen() -> AnyView {
    let on = RwSignal::new(true);
    #[cfg(feature = "hydrate")]
    browser::listen(on);
    let turn = move |_| {
        on.update(|on| *on = !*on);
        #[cfg(feature = "hydrate")]
        browser::keep(on.get_untracked());
    };
    view! {
        <p class="keys">
            "Keys: B buy, S sell, Esc back, / another pair. "
            <button type="button" class="button" on:click=turn>
                {move || if on.get() { "Switch the keys off" } else { "Switch the keys on" }}
            </button>
        </p>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{ev::KeyboardEvent, prelude::*};
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement};

    /// Where the browser remembers that they are off.
    const OFF: &str = "trade-keys-off";
    /// Where keys write.
    const FIELDS: &str = "input,select,textarea";

    pub(super) fn listen(on: RwSignal<bool>) {
        Effect::new(move || {
            let kept = storage().and_then(|kept| kept.get_item(OFF).ok().flatten());
            on.set(kept.is_none());
            let listening = window_event_listener(leptos::ev::keydown, move |event| {
                if on.try_get_untracked() == Some(true) {
                    press(&event);
                }
            });
            on_cleanup(move || listening.remove());
        });
    }

    /// Remembers it, where the browser keeps anything.
    pub(super) fn keep(on: bool) {
        if let Some(kept) = storage() {
            let _kept = if on {
                kept.remove_item(OFF)
            } else {
                kept.set_item(OFF, "1")
            };
        }
    }

    fn storage() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    fn press(event: &KeyboardEvent) {
        let held = event.ctrl_key() || event.alt_key() || event.meta_key() || event.repeat();
        if held || event.default_prevented() {
            return;
        }
        let (wanted, while_typing) = match event.key().as_str() {
            "b" | "B" => ("[aria-keyshortcuts=B]", false),
            "s" | "S" => ("[aria-keyshortcuts=S]", false),
            "/" => ("[aria-keyshortcuts='/']", false),
            "Escape" => ("[aria-keyshortcuts=Escape]", true),
            _ => return,
        };
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let types = target.is_some_and(|it| it.matches(FIELDS).is_ok_and(|matches| matches));
        if types && !while_typing {
            return;
        }
        let found = document().query_selector(wanted).ok().flatten();
        let Some(found) = found.and_then(|it| it.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        event.prevent_default();
        let _focused = found.focus();
        if found.tag_name() != "INPUT" {
            found.click();
        }
    }
}
