//! The figures of a coin.

use crate::{
    components::price_cell::{CoinPrice, change},
    format,
};
use domain::{format::Locale, market::CoinDetails, number};
use leptos::prelude::*;

pub(super) fn stats(coin: &CoinDetails, price: CoinPrice, locale: Locale) -> AnyView {
    let summary = &coin.summary;
    let symbol = summary.symbol.clone();
    let money = |value: Option<f64>| value.map(|value| format::compact_usd(value, locale));
    let coins = |value: Option<f64>| {
        value.map(|value| format!("{} {symbol}", format::compact(value, locale)))
    };
    let today = summary.price.map(number::to_double);
    let entries = [
        entry("Market cap", money(summary.market_cap)),
        entry("Volume, 24 h", money(summary.volume_24h)),
        record("All-time high", coin.ath, today, locale),
        record("All-time low", coin.atl, today, locale),
        entry("In circulation", coins(coin.circulating_supply)),
        entry("Total supply", coins(coin.total_supply)),
        entry("Largest supply", coins(coin.max_supply)),
    ];
    view! {
        <section class="panel panel-body coin-stats" aria-labelledby="stats-title">
            <div class="toolbar">
                <h2 id="stats-title">"Figures"</h2>
                {coin
                    .simulated
                    .then(|| view! { <span class="chip warn">"Reference figures, not current"</span> })}
            </div>
            {day_range(coin, price, locale)} <dl class="stats">{entries.into_iter().collect_view()}</dl>
        </section>
    }
    .into_any()
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
/// beyond them.
fn day_range(coin: &CoinDetails, price: CoinPrice, locale: Locale) -> Option<AnyView> {
    let (low, high) = (coin.low_24h?, coin.high_24h?);
    let ends = Memo::new(move |ends: Option<&(f64, f64)>| {
        let (low, high) = ends.copied().unwrap_or((low, high));
        let price = price.get().map_or(low, number::to_double);
        (low.min(price), high.max(price))
    });
    let x = move || {
        let (low, high) = ends.get();
        let price = price.get().map_or(low, number::to_double);
        let share = if high > low {
            (price - low) / (high - low)
        } else {
            0.5
        };
        format!("{:.1}", share * 196.0)
    };
    let view = view! {
        <div class="day-range">
            <p class="muted">"Low and high, 24 h"</p>
            <svg viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="track" x="0" y="2" width="200" height="4"></rect>
                <rect class="mark" x=x y="0" width="4" height="8"></rect>
            </svg>
            <p class="day-range-ends">
                <span>
                    <span class="visually-hidden">"Low "</span>
                    {move || usd(ends.get().0, locale)}
                </span>
                <span>
                    <span class="visually-hidden">"High "</span>
                    {move || usd(ends.get().1, locale)}
                </span>
            </p>
        </div>
    };
    Some(view.into_any())
}
