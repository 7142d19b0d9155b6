//! A price that moves, and a change in percent.

use crate::hooks::use_price_stream::{DisplayState, LivePrice, PriceStream, Status};
use domain::{
    format::{self, Direction, Locale},
    market::CoinSummary,
};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The live price of a coin beside the one its page or row came with.
#[derive(Debug, Clone, Copy)]
pub struct CoinPrice {
    live: Signal<Option<LivePrice>>,
    status: Signal<Status>,
    given: Option<Decimal>,
    given_stale: bool,
}

impl CoinPrice {
    /// Follows a coin.
    #[must_use]
    pub fn new(stream: PriceStream, coin: &CoinSummary) -> Self {
        Self {
            live: stream.price(&coin.id),
            status: stream.status(),
            given: coin.price,
            given_stale: coin.stale,
        }
    }

    /// USD: the live price, else the one given; tracked.
    #[must_use]
    pub fn get(self) -> Option<Decimal> {
        self.live.get().map(|live| live.price.get()).or(self.given)
    }

    /// The same as a signal.
    #[must_use]
    pub fn signal(self) -> Signal<Option<Decimal>> {
        Signal::derive(move || self.get())
    }

    /// Whether nothing newer than 30 s is known; tracked.
    #[must_use]
    pub fn is_stale(self) -> bool {
        let display = self.status.get().display();
        matches!(display, DisplayState::Stale | DisplayState::Disconnected)
            || self.live.get().map_or(self.given_stale, |live| live.stale)
    }

    /// Arrow and flash. Two names of one animation take turns, so that a second tick in the same
    /// direction flashes again.
    fn class(self) -> &'static str {
        let Some(live) = self.live.get().filter(|live| live.changes > 0) else {
            return "price";
        };
        match (live.direction, live.changes % 2 == 0) {
            (Direction::Flat, _) => "price",
            (Direction::Up, true) => "price up even",
            (Direction::Up, false) => "price up odd",
            (Direction::Down, true) => "price down even",
            (Direction::Down, false) => "price down odd",
        }
    }
}

/// A live price in US dollars that flashes when it changes.
#[must_use]
pub fn live_price(price: CoinPrice, locale: Locale) -> AnyView {
    let text = move || {
        price.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |price| format::usd(price, locale),
        )
    };
    view! { <span class=move || price.class()>{text}</span> }.into_any()
}

/// A change in percent with arrow, sign and colour, kept up to date.
#[must_use]
pub fn live_change(change: Signal<Option<f64>>, locale: Locale) -> AnyView {
    // Only what two decimals show counts: most ticks leave the text as it is.
    let shown = Memo::new(move |_| {
        change.get().map_or_else(
            || (Direction::Flat, format::UNKNOWN.to_owned()),
            |change| (format::direction(change), format::percent(change, locale)),
        )
    });
    let class = move || {
        shown.with(|(direction, _)| match direction {
            Direction::Up => "change up",
            Direction::Down => "change down",
            Direction::Flat => "change",
        })
    };
    view! {
        <span class=class>
            <span class="arrow" aria-hidden="true">
                {move || shown.with(|(direction, _)| direction.arrow())}
            </span>
            <span>{move || shown.with(|(_, text)| text.clone())}</span>
        </span>
    }
    .into_any()
}

/// A change in percent that stays as it is.
#[must_use]
pub fn change(change: Option<f64>, locale: Locale) -> AnyView {
    live_change(Signal::stored(change), locale)
}
