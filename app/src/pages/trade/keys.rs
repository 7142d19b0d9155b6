//! Keys of the page: what an element's `aria-keyshortcuts` names.

/// Listens for as long as the caller's owner lives.
pub(super) fn listen() {
    #[cfg(feature = "hydrate")]
    browser::listen();
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{ev::KeyboardEvent, prelude::*};
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement};

    pub(super) fn listen() {
        Effect::new(|| {
            let listening = window_event_listener(leptos::ev::keydown, |event| press(&event));
            on_cleanup(move || listening.remove());
        });
    }

    fn press(event: &KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
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
        let types = target.is_some_and(|it| {
            it.matches("input,select,textarea,dialog *")
                .is_ok_and(|it| it)
        });
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
