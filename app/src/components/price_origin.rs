//! Where the prices of a page come from, said where they are shown.

use crate::hooks::use_price_stream::{DisplayState, Status, use_price_stream};
use crate::shared::shared;
use domain::Source;
use leptos::prelude::*;

/// One line that changes with the state of the stream.
#[must_use]
pub fn price_origin() -> AnyView {
    let status = use_price_stream().status();
    let class = shared(move || match status.get().display() {
        DisplayState::Live => "chip",
        DisplayState::Disconnected => "chip down",
        DisplayState::Stale | DisplayState::Reconnecting | DisplayState::Simulated => "chip warn",
    });
    view! {
        <span class=class data-testid="price-origin">
            {move || text(status.get())}
        </span>
    }
    .into_any()
}

fn text(status: Status) -> String {
    // Made-up prices stay made up when they grow old.
    let prices = match status.source {
        Some(Source::Simulated) => "Simulated prices",
        _ => "Prices",
    };
    match (status.display(), status.source) {
        (DisplayState::Live, Some(source)) => {
            format!("Live prices from {} in {}", source.title(), source.quote())
        }
        (DisplayState::Live, None) => "Live prices".to_owned(),
        (DisplayState::Simulated, _) => "Simulated prices — not real market data".to_owned(),
        (DisplayState::Stale, _) => format!("{prices} — older than 30 seconds"),
        (DisplayState::Reconnecting, _) => format!("{prices} — waiting for new ones"),
        (DisplayState::Disconnected, _) => format!("{prices} — disconnected, they do not move"),
    }
}
