//! Where the focus is led.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Gives an element the focus, if it is there and can have it; the browser scrolls to it.
pub(crate) fn on(element: Option<Element>) {
    if let Some(element) = element.and_then(|one| one.dyn_into::<HtmlElement>().ok()) {
        let _focused = element.focus();
    }
}

/// Leads the focus to what is shown next: to what that is about, such as a secret that is shown this
/// once, or else to the same button as before, which is made anew. When a page is loaded the browser
/// does so by itself.
pub(crate) fn lead() {
    let before = document().active_element().map(|element| element.id());
    // When it is there.
    request_animation_frame(move || {
        let wanted = document().query_selector("[data-focus]").ok().flatten();
        let same = || {
            let id = before.filter(|id| !id.is_empty())?;
            document().get_element_by_id(&id)
        };
        on(wanted.or_else(same));
    });
}
