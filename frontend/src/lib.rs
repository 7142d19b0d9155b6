//! The WebAssembly entry point: makes the server-rendered page interactive, nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's own script when the module has been loaded.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::client::panic_report::send(&info.to_string());
    }));
    leptos::mount::hydrate_lazy(app::App);
}
