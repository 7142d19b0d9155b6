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
        // What it leads back to takes its place: whoever goes back afterwards has closed it already.
        if let Some(link) = close(&dialog) {
            let _kept = js_sys::Reflect::set(&link, &"replace".into(), &true.into());
        }
        if dialog.show_modal().is_ok() {
            leave_when_closed(&dialog);
        }
    });
}

/// Where the dialog leads that closes is where its link leads.
fn leave_when_closed(dialog: &HtmlDialogElement) {
    let closed = dialog.clone();
    let leave = Closure::once_into_js(move || {
        if let Some(link) = close(&closed) {
            link.click();
        }
    });
    let _listening = dialog.add_event_listener_with_callback("close", leave.unchecked_ref());
}

/// The link that closes a dialog.
fn close(dialog: &HtmlDialogElement) -> Option<HtmlElement> {
    let link = dialog.query_selector("a[data-close]").ok().flatten();
    link.and_then(|it| it.dyn_into().ok())
}

/// Whether there is a dialog whose address is shown.
pub(crate) fn is_open() -> bool {
    let found = document().query_selector("dialog[data-modal]");
    found.is_ok_and(|dialog| dialog.is_some())
}
