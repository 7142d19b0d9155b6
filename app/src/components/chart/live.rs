//! The binding to `public/js/chart.js`, browser only.

use crate::client::script;
use domain::format::Locale;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::Element;

const SCRIPT: &str = "/js/chart.js";

#[wasm_bindgen]
extern "C" {
    /// Draws into an element, with figures as the language `numbers` writes them; answers a number
    /// that stands for the chart.
    #[wasm_bindgen(js_namespace = cvChart, catch)]
    pub(super) fn mount(
        element: &Element,
        kind: &str,
        flat: &[f64],
        step_seconds: f64,
        decimals: u32,
        numbers: &str,
    ) -> Result<u32, JsValue>;

    /// Moves the last point to a new price.
    #[wasm_bindgen(js_namespace = cvChart, catch)]
    pub(super) fn update(id: u32, milliseconds: f64, price: f64) -> Result<(), JsValue>;

    /// Takes the chart down.
    #[wasm_bindgen(js_namespace = cvChart, catch)]
    pub(super) fn destroy(id: u32) -> Result<(), JsValue>;
}

/// A language that writes numbers as the page does, for the browser's own formatting.
pub(super) const fn language_of_numbers(locale: Locale) -> &'static str {
    match locale {
        Locale::Comma => "en-US",
        Locale::Indian => "en-IN",
        Locale::Dot => "de-DE",
        // Not French, whose groups are parted by a narrower space.
        Locale::Space => "ru-RU",
        Locale::Apostrophe => "de-CH",
    }
}

/// Loads the script.
///
/// # Errors
/// When it can't be fetched.
pub(super) async fn load() -> Result<(), JsValue> {
    script::load(SCRIPT, "cvChart").await
}
