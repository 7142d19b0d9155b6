//! What everything consists of, as one bar. The table of holdings has the figures.

use super::shown::Shown;
use domain::{format, number};
use leptos::prelude::*;

/// Parts that are told apart; the rest is one.
const PARTS: usize = 6;
/// Units of the picture, which is stretched to its place.
const WIDTH: f64 = 1_000.0;

/// The bar with its parts by name, the largest first.
pub(super) fn bar(shown: &Shown) -> AnyView {
    let mut start = 0.0;
    let parts = parts(shown).into_iter().enumerate();
    let parts = parts.map(|(index, (name, share))| {
        let class = format!("part-{index}");
        let x = format!("{:.2}", start * WIDTH);
        let width = format!("{:.2}", share * WIDTH);
        start += share;
        let label = format!("{name} {}", format::share(share * 100.0, shown.locale));
        let rect = view! { <rect class=class.clone() x=x width=width height="12" /> };
        (
            rect.into_any(),
            view! { <li class=class>{label}</li> }.into_any(),
        )
    });
    let (rects, labels): (Vec<_>, Vec<_>) = parts.unzip();
    view! {
        <div class="allocation" data-testid="allocation">
            <svg
                viewBox="0 0 1000 12"
                aria-hidden="true"
                focusable="false"
                preserveAspectRatio="none"
            >
                {rects}
            </svg>
            <ul role="list" aria-label="Allocation">
                {labels}
            </ul>
        </div>
    }
    .into_any()
}

fn parts(shown: &Shown) -> Vec<(String, f64)> {
    let holdings = shown.statement.overview.holdings.iter();
    let shares = holdings.filter_map(|one| {
        let share = number::to_double(one.share?.to_decimal());
        Some((one.asset.to_string(), share))
    });
    let mut shares: Vec<_> = shares.filter(|(_, share)| *share > 0.0).collect();
    if shares.len() > PARTS {
        let rest = shares.split_off(PARTS);
        let rest = rest.into_iter().map(|(_, share)| share).sum();
        shares.push(("Others".to_owned(), rest));
    }
    shares
}
