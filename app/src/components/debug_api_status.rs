//! For developers: how long the server takes, how the stream is, which request this was.

use crate::{hooks::use_price_stream::use_price_stream, page_data::use_page_data};
use leptos::prelude::*;

/// A small box that opens on demand. Rendered in development only.
#[component]
pub fn DebugApiStatus() -> impl IntoView {
    let status = use_price_stream().status();
    let request_id = use_page_data().request_id.unwrap_or_default();
    view! {
        <details class="debug-status" data-testid="debug-api-status">
            <summary>"API"</summary>
            <dl>
                <dt>"Page request"</dt>
                <dd>
                    <code>{request_id}</code>
                </dd>
                <dt>"Stream"</dt>
                <dd>{move || format!("{:?}", status.get().link)}</dd>
                <dt>"Last call"</dt>
                <dd data-field="latency">{move || last_call()}</dd>
            </dl>
        </details>
    }
}

/// The last call of a server function in words.
fn last_call() -> String {
    #[cfg(feature = "hydrate")]
    if let Some(call) = crate::client::last_call().get() {
        return format!(
            "{:.0} ms, status {}, {}",
            call.latency_ms, call.status, call.request_id
        );
    }
    "none yet".to_owned()
}
