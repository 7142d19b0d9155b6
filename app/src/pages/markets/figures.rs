//! The market as a whole.

use crate::{components::price_cell::change, error::AppError, format};
use domain::market::GlobalStats;
use leptos::prelude::*;

const LABELS: [&str; 4] = ["Market cap", "24 h volume", "BTC dominance", "Coins"];

/// The figures; nothing when they could not be had: the list says what went wrong.
pub(super) fn figures(answer: Result<GlobalStats, AppError>) -> Option<AnyView> {
    let stats = answer.ok()?;
    let locale = format::use_locale();
    let [cap, volume, dominance, coins] = LABELS;
    let view = view! {
        <dl class="figures">
            <div>
                <dt>{cap}</dt>
                <dd>
                    {format::compact_usd(stats.market_cap, locale)} " "
                    {stats.change_24h.map(|percent| change(Some(percent), locale))}
                </dd>
            </div>
            <div>
                <dt>{volume}</dt>
                <dd>{format::compact_usd(stats.volume_24h, locale)}</dd>
            </div>
            <div>
                <dt>{dominance}</dt>
                <dd>
                    {stats
                        .btc_dominance
                        .map_or_else(
                            || format::UNKNOWN.to_owned(),
                            |share| format::share(share, locale),
                        )}
                </dd>
            </div>
            <div>
                <dt>{coins}</dt>
                <dd>{format::integer(u64::from(stats.coins), locale)}</dd>
            </div>
        </dl>
    };
    Some(view.into_any())
}

/// Bars of the same size.
pub(super) fn waiting() -> AnyView {
    let figures: Vec<_> = LABELS
        .into_iter()
        .map(|label| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>
                        <span class="skeleton"></span>
                    </dd>
                </div>
            }
        })
        .collect();
    view! { <dl class="figures" aria-busy="true">{figures}</dl> }.into_any()
}
