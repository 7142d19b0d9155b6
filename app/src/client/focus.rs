//! Where the focus is led.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Gives an element the focus, if it is there and can have it; the browser scrolls to it.
pub(crate) fn on(element: Option<Element>) {
    if let Some(element) = element.and_then(|one| one.dyn_into::<HtmlElement>().ok()) {
        let _focused = element.focus();
    }
}
