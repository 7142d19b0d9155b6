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
/// once; or to the same button as before, which is made anew; or, where that is no longer there, to what
/// it names in `data-then`. When a page is loaded the browser does so by itself.
pub(crate) fn lead() {
    let before = document().active_element();
    let names = before.map(|element| {
        [
            element.id(),
            element.get_attribute("data-then").unwrap_or_default(),
        ]
    });
    // When it is there.
    request_animation_frame(move || {
        let find = |selector: &str| document().query_selector(selector).ok().flatten();
        while let Some(busy) = find(".sheet form[aria-busy]") {
            let _free = busy.remove_attribute("aria-busy");
        }
        let wanted = find("[data-focus]");
        if let Some(wanted) = &wanted {
            // Led to once.
            let _done = wanted.remove_attribute("data-focus");
        }
        let names = names.into_iter().flatten().filter(|name| !name.is_empty());
        let same = || {
            names
                .into_iter()
                .find_map(|name| document().get_element_by_id(&name))
        };
        on(wanted.or_else(same));
    });
}
