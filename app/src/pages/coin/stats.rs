//! The figures of a coin.

use crate::{
    components::{
        price_cell::{CoinPrice, change},
        skeleton::skeleton_text,
    },
    format,
    shared::shared,
};
use domain::{format::Locale, market::CoinDetails, number};
use leptos::prelude::*;
use std::sync::Arc;

const LABELS: [&str; 7] = [
    "Market cap",
    "Volume, 24 h",
    "All-time high",
    "All-time low",
    "In circulation",
    "Total supply",
    "Max supply",
];

pub(super) fn stats(details: Memo<Arc<CoinDetails>>, price: CoinPrice, locale: Locale) -> AnyView {
    view! {
        <section class="panel panel-body coin-stats" aria-labelledby="stats-title">
            {move || details.with(|coin| figures(coin, price, locale))}
        </section>
    }
    .into_any()
}

fn figures(coin: &CoinDetails, price: CoinPrice, locale: Locale) -> AnyView {
    let summary = &coin.summary;
    let symbol = summary.symbol.clone();
    let money = |value: Option<f64>| value.map(|value| format::compact_usd(value, locale));
    let coins = |value: Option<f64>| {
        value.map(|value| format!("{} {symbol}", format::compact(value, locale)))
    };
    let today = summary.price.map(number::to_double);
    let [cap, volume, high, low, circulating, total, largest] = LABELS;
    let entries = [
        entry(cap, money(summary.market_cap)),
        entry(volume, money(summary.volume_24h)),
        record(high, coin.ath, today, locale),
        record(low, coin.atl, today, locale),
        entry(circulating, coins(coin.circulating_supply)),
        entry(total, coins(coin.total_supply)),
        entry(largest, coins(coin.max_supply)),
    ];
    // Whoever supplies figures knows the highest price there was; without them it is what this program brings along.
    let is_bundled = coin.simulated || coin.ath.is_none();
    let remark = is_bundled.then(|| {
        view! {
            <span class="chip warn" data-testid="figures-simulated">
                "Reference figures, not current"
            </span>
        }
        .into_any()
    });
    view! {
        <div class="toolbar">
            <h2 id="stats-title">"Figures"</h2>
            {remark}
        </div>
        {day_range(coin, price, locale)}
        <dl class="stats">{Vec::from(entries)}</dl>
    }
    .into_any()
}

/// The same lines while the coin is being loaded.
pub(super) fn waiting() -> AnyView {
    let bar = |characters| view! { <span>{skeleton_text(characters)}</span> }.into_any();
    let entries: Vec<_> = LABELS
        .into_iter()
        .map(|label| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>{skeleton_text(10)}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="panel panel-body coin-stats">
            <div class="toolbar">
                <h2>"Figures"</h2>
            </div>
            <div class="day-range">
                {day_range_title()} <svg viewBox="0 0 200 8" aria-hidden="true" focusable="false"></svg>
                <p class="day-range-ends">{bar(9)} {bar(9)}</p>
            </div>
            <dl class="stats">{entries}</dl>
        </section>
    }
    .into_any()
}

fn day_range_title() -> AnyView {
    view! { <p class="muted">"Low and high, 24 h"</p> }.into_any()
}

/// A name and its figure; a dash where it is unknown.
fn entry(name: &'static str, value: Option<String>) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{value.unwrap_or_else(|| format::UNKNOWN.to_owned())}</dd>
        </div>
    }
    .into_any()
}

/// A record price and how far today's stands from it.
fn record(name: &'static str, record: Option<f64>, today: Option<f64>, locale: Locale) -> AnyView {
    let Some(record) = record.filter(|record| *record > 0.0) else {
        return entry(name, None);
    };
    let distance = today.map(|today| (today / record - 1.0) * 100.0);
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{usd(record, locale)} " " {distance.map(|percent| change(Some(percent), locale))}</dd>
        </div>
    }
    .into_any()
}

fn usd(value: f64, locale: Locale) -> String {
    number::from_double(value).map_or_else(
        || format::UNKNOWN.to_owned(),
        |value| format::usd(value, locale),
    )
}

/// Where the price stands between the day's low and high. The ends give way to a live price
/// beyond them; where they are unknown, their places stay.
fn day_range(coin: &CoinDetails, price: CoinPrice, locale: Locale) -> AnyView {
    let given = coin.low_24h.zip(coin.high_24h);
    let ends = Memo::new(move |ends: Option<&Option<(f64, f64)>>| {
        let (low, high) = ends.copied().flatten().or(given)?;
        let price = price.get().map_or(low, number::to_double);
        Some((low.min(price), high.max(price)))
    });
    let end = move |choose: fn((f64, f64)) -> f64| {
        ends.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |ends| usd(choose(ends), locale),
        )
    };
    let x = shared(move || {
        let (low, high) = ends.get().unwrap_or_default();
        let price = price.get().map_or(low, number::to_double);
        let share = if high > low {
            (price - low) / (high - low)
        } else {
            0.5
        };
        format!("{:.1}", share * 196.0)
    });
    let mark = given
        .map(|_| view! { <rect class="mark" x=x y="0" width="4" height="8"></rect> }.into_any());
    view! {
        <div class="day-range">
            {day_range_title()}
            <svg viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="track" x="0" y="2" width="200" height="4"></rect>
                {mark}
            </svg>
            <p class="day-range-ends">
                <span>
                    <span class="visually-hidden">"Low "</span>
                    {move || end(|(low, _)| low)}
                </span>
                <span>
                    <span class="visually-hidden">"High "</span>
                    {move || end(|(_, high)| high)}
                </span>
            </p>
        </div>
    }
    .into_any()
}
