//! Where the focus is after a client-side navigation.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Moves the focus to the content when another page is shown, as a page load would; not for a
/// changed query, such as another order of the list. Nothing is scrolled: the router does that.
#[component]
pub fn RouteFocus() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            focus_content();
        }
        path
    });
}

#[cfg(feature = "hydrate")]
fn focus_content() {
    use wasm_bindgen::JsCast;

    let main = document().get_element_by_id("main");
    let main = main.and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(main) = main {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _focused = main.focus_with_options(&options);
    }
}

#[cfg(not(feature = "hydrate"))]
fn focus_content() {}
