//! What a coin is about.

use crate::components::skeleton::skeleton_text;
use domain::market::CoinDetails;
use leptos::prelude::*;

/// Description and homepage.
pub(super) fn about(coin: &CoinDetails) -> AnyView {
    let unknown = coin.description.is_none() && coin.homepage.is_none();
    let unknown = unknown.then(|| {
        view! { <p class="muted">"CoinGecko, where descriptions come from, has not answered yet."</p> }
            .into_any()
    });
    let paragraphs: Vec<_> = coin
        .description
        .iter()
        .flat_map(|text| text.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| view! { <p>{line.to_owned()}</p> }.into_any())
        .collect();
    let homepage = coin.homepage.clone().map(|address| {
        let shown = address
            .trim_start_matches("https://")
            .trim_end_matches('/')
            .to_owned();
        view! {
            <p>
                <a href=address rel="noopener nofollow" target="_blank">
                    {shown}
                </a>
            </p>
        }
        .into_any()
    });
    view! {
        <section class="panel panel-body coin-about" aria-labelledby="about-title">
            <h2 id="about-title">{format!("About {}", coin.summary.name)}</h2>
            {paragraphs}
            {homepage}
            {unknown}
        </section>
    }
    .into_any()
}

/// The same while the coin is being loaded: what comes below stays where it is.
pub(super) fn waiting() -> AnyView {
    view! {
        <section class="panel panel-body coin-about">
            <h2>"About"</h2>
            <p>{skeleton_text(40)}</p>
        </section>
    }
    .into_any()
}
