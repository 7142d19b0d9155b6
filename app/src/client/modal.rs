//! Dialogs that the server has written into a page, open as without scripts: with them they lie over the
//! page, keep the focus within and close by Esc. Which one is open stands in the address.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlDialogElement, HtmlElement};

/// Raises what the page has, if it is not raised already.
pub(crate) fn raise() {
    request_animation_frame(|| {
        let found = document().query_selector("dialog[data-modal][open]:not(:modal)");
        let dialog = found.ok().flatten();
        let Some(dialog) = dialog.and_then(|it| it.dyn_into::<HtmlDialogElement>().ok()) else {
            return;
        };
        let _lowered = dialog.remove_attribute("open");
        if dialog.show_modal().is_ok() {
            leave_when_closed(&dialog);
        }
    });
}

/// Where the dialog leads that closes is where its link leads.
fn leave_when_closed(dialog: &HtmlDialogElement) {
    let closed = dialog.clone();
    let leave = Closure::once_into_js(move || {
        let link = closed.query_selector("a[data-close]").ok().flatten();
        if let Some(link) = link.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            link.click();
        }
    });
    let _listening = dialog.add_event_listener_with_callback("close", leave.unchecked_ref());
}
