//! The WebAssembly entry point: makes the server-rendered page interactive, nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's own script when the module has been loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
