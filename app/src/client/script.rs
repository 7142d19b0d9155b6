//! Scripts that only some pages need.

use js_sys::{Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

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
    script.set_attribute("src", source)?;
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
    JsFuture::from(loaded).await.map(drop)
}
