//! Scripts that only some pages need.

use js_sys::{Promise, Reflect};
use leptos::prelude::{document, window};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// How often a script could not be loaded. A page keeps a module that it could not load as one that
    /// can't be: asking for the same address again fails at once (HTML, "fetch a single module script").
    static FAILED: Cell<u32> = const { Cell::new(0) };
}

/// Loads a script that makes an object `name`, once; later calls find it there. A script that a trusted script inserts is
/// what `'strict-dynamic'` allows.
///
/// # Errors
/// When it can't be fetched.
pub(crate) async fn load(source: &str, name: &str) -> Result<(), JsValue> {
    if Reflect::has(&window(), &JsValue::from_str(name))? {
        return Ok(());
    }
    let script = document().create_element("script")?;
    script.set_attribute("type", "module")?;
    let failed = FAILED.get();
    let source = match failed {
        0 => source.to_owned(),
        _ => format!("{source}?again={failed}"),
    };
    script.set_attribute("src", &source)?;
    let loaded = Promise::new(&mut |resolve, reject| {
        let target: &web_sys::EventTarget = script.unchecked_ref();
        // Adding a listener to an element that was just made can't fail.
        let _added = target.add_event_listener_with_callback("load", &resolve);
        let _added = target.add_event_listener_with_callback("error", &reject);
    });
    document()
        .query_selector("head")?
        .ok_or(JsValue::NULL)?
        .append_child(&script)?;
    let loaded = JsFuture::from(loaded).await;
    if loaded.is_err() {
        FAILED.set(failed.saturating_add(1));
    }
    loaded.map(drop)
}
