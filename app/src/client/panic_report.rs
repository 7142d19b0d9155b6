//! Tells the server that the app has panicked: after that it can do nothing else.

use leptos::prelude::window;
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::RequestInit;

const ADDRESS: &str = "/api/telemetry/panic";
/// What the server accepts, in characters.
const MAX_MESSAGE: usize = 2_000;
const MAX_PATH: usize = 200;

#[derive(Serialize)]
struct Report {
    message: String,
    path: String,
}

/// Sends a report and does not wait for the answer.
pub fn send(message: &str) {
    let path = window().location().pathname().unwrap_or_default();
    let report = Report {
        message: message.chars().take(MAX_MESSAGE).collect(),
        path: path.chars().take(MAX_PATH).collect(),
    };
    let Ok(body) = serde_json::to_string(&report) else {
        return;
    };
    // Where the header object cannot be built, the report is refused; the console has it anyway.
    let headers = js_sys::Object::new();
    let _set = js_sys::Reflect::set(
        &headers,
        &JsValue::from_str("Content-Type"),
        &JsValue::from_str("application/json"),
    );
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&JsValue::from_str(&body));
    let _sent = window().fetch_with_str_and_init(ADDRESS, &request);
}
