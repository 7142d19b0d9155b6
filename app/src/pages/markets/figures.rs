//! The market as a whole.

use crate::{
    components::{notice::try_again, price_cell::change},
    error::AppError,
    format,
    functions::market::global,
};
use domain::{format::Locale, market::GlobalStats};
use leptos::{prelude::*, task::spawn_local};

const LABELS: [&str; 4] = ["Market cap", "24 h volume", "BTC dominance", "Coins"];

/// The latest figures of this page.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    /// `None` when they could not be had.
    stats: RwSignal<Option<GlobalStats>>,
    loading: RwSignal<bool>,
}

impl Figures {
    pub(super) fn new() -> Self {
        Self {
            stats: RwSignal::new(None),
            loading: RwSignal::new(false),
        }
    }

    /// Asks for newer figures; without an answer those that are there stay.
    pub(super) fn refresh(self) {
        if self.loading.try_get_untracked() != Some(false) {
            return;
        }
        self.loading.set(true);
        spawn_local(async move {
            let answer = global().await;
            // The page may have been left meanwhile: then there is nobody to tell.
            if let Ok(stats) = answer {
                let _left = self.stats.try_set(Some(stats));
            }
            let _left = self.loading.try_set(false);
        });
    }

    /// The figures; dashes, and another try, when they could not be had.
    pub(super) fn show(self, answer: Result<GlobalStats, AppError>) -> AnyView {
        if let Ok(stats) = answer {
            self.stats.set(Some(stats));
        }
        let locale = format::use_locale();
        let [cap, volume, dominance, coins] = LABELS;
        let stats = self.stats;
        let figure = move |write: fn(&GlobalStats, Locale) -> String| {
            stats.with(|stats| {
                let text = stats.as_ref().map(|stats| write(stats, locale));
                text.unwrap_or_else(|| format::UNKNOWN.to_owned())
            })
        };
        let moved = move || {
            let percent = stats.with(|stats| stats.as_ref()?.change_24h);
            percent.map(|percent| change(Some(percent), locale))
        };
        view! {
            <dl class="figures">
                <div>
                    <dt>{cap}</dt>
                    <dd>
                        {move || figure(|stats, locale| format::compact_usd(stats.market_cap, locale))} " "
                        {move || moved()}
                    </dd>
                </div>
                <div>
                    <dt>{volume}</dt>
                    <dd>{move || figure(volume_of_a_day)}</dd>
                </div>
                <div>
                    <dt>{dominance}</dt>
                    <dd>{move || figure(bitcoin_s_share)}</dd>
                </div>
                <div>
                    <dt>{coins}</dt>
                    <dd>{move || figure(|stats, locale| format::integer(u64::from(stats.coins), locale))}</dd>
                </div>
            </dl>
            {move || stats.with(Option::is_none).then(|| self.missing())}
        }
        .into_any()
    }

    fn missing(self) -> AnyView {
        let retry = move || self.refresh();
        view! {
            <p class="figures-missing" role="status" data-testid="figures-missing">
                "These figures could not be loaded."
                {try_again(self.loading.into(), retry)}
            </p>
        }
        .into_any()
    }
}

fn volume_of_a_day(stats: &GlobalStats, locale: Locale) -> String {
    stats.volume_24h.map_or_else(
        || format::UNKNOWN.to_owned(),
        |volume| format::compact_usd(volume, locale),
    )
}

fn bitcoin_s_share(stats: &GlobalStats, locale: Locale) -> String {
    stats.btc_dominance.map_or_else(
        || format::UNKNOWN.to_owned(),
        |share| format::share(share, locale),
    )
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
            .into_any()
        })
        .collect();
    view! { <dl class="figures" aria-busy="true">{figures}</dl> }.into_any()
}
