//! A price that moves, and a change in percent.

use crate::hooks::use_price_stream::{DisplayState, LivePrice, PriceStream, Status};
use crate::shared::shared;
use domain::{
    CoinId,
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
    /// It was given while the stream stood still, after the last live price.
    given_later: bool,
}

impl CoinPrice {
    /// Follows a coin.
    #[must_use]
    pub fn new(stream: PriceStream, coin: &CoinSummary) -> Self {
        let (live, status) = (stream.price(&coin.id), stream.status());
        Self {
            given_later: stands_still(status.get_untracked()),
            live,
            status,
            given: coin.price,
            given_stale: coin.stale,
        }
    }

    /// Follows a coin of which nothing else is known.
    #[must_use]
    pub fn live(stream: PriceStream, coin: &CoinId) -> Self {
        Self {
            live: stream.price(coin),
            status: stream.status(),
            given: None,
            given_stale: false,
            given_later: false,
        }
    }

    /// USD: the live price, else the one given; tracked.
    #[must_use]
    pub fn get(self) -> Option<Decimal> {
        let live = self.live.get().map(|live| live.price.get());
        if self.given_later && stands_still(self.status.get()) {
            return self.given.or(live);
        }
        live.or(self.given)
    }

    /// The same as a signal for what is drawn over time: `None` while the price is stale, because
    /// it says nothing about the present then.
    #[must_use]
    pub fn signal(self) -> Signal<Option<Decimal>> {
        Memo::new(move |_| self.get().filter(|_| !self.is_stale())).into()
    }

    /// Whether nothing newer than 30 s is known; tracked.
    #[must_use]
    pub fn is_stale(self) -> bool {
        let display = self.status.get().display();
        matches!(display, DisplayState::Stale | DisplayState::Disconnected)
            || self.live.get().map_or(self.given_stale, |live| live.stale)
    }

    /// Changes so far; not tracked.
    fn changes(self) -> u32 {
        self.live.get_untracked().map_or(0, |live| live.changes)
    }
}

/// Whether no new live prices come in.
fn stands_still(status: Status) -> bool {
    matches!(
        status.display(),
        DisplayState::Stale | DisplayState::Reconnecting | DisplayState::Disconnected
    )
}

/// Arrow and flash of a price of which so many changes have been shown. Two names of one animation
/// take turns, so that a second tick in the same direction flashes again.
fn class(live: Option<LivePrice>, shown: u32) -> &'static str {
    let Some(live) = live else {
        return "price";
    };
    let flash = (live.changes != shown).then_some(live.changes % 2 == 0);
    match (live.direction, flash) {
        (Direction::Flat, _) => "price",
        (Direction::Up, None) => "price up",
        (Direction::Up, Some(true)) => "price up even",
        (Direction::Up, Some(false)) => "price up odd",
        (Direction::Down, None) => "price down",
        (Direction::Down, Some(true)) => "price down even",
        (Direction::Down, Some(false)) => "price down odd",
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
    // A browser starts an animation anew wherever it puts an element: what had changed before this
    // one was made, or has flashed already, must not flash when rows are sorted or come back.
    let shown = RwSignal::new(price.changes());
    let class = shared(move || class(price.live.get(), shown.get()));
    let flashed = move |_| shown.set(price.changes());
    view! {
        <span class=class.clone() on:animationend=flashed>
            {move || text()}
        </span>
    }
    .into_any()
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
    let class = shared(move || {
        shown.with(|(direction, _)| match direction {
            Direction::Up => "change up",
            Direction::Down => "change down",
            Direction::Flat => "change",
        })
    });
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Price;

    #[test]
    fn only_a_change_that_was_not_shown_yet_flashes() -> Result<(), Box<dyn std::error::Error>> {
        let live = |direction, changes| -> Result<_, domain::price::InvalidPrice> {
            Ok(Some(LivePrice {
                price: Price::parse("84000")?,
                direction,
                changes,
                stale: false,
            }))
        };
        assert_eq!(class(None, 0), "price");
        assert_eq!(class(live(Direction::Flat, 0)?, 0), "price");
        assert_eq!(class(live(Direction::Up, 1)?, 0), "price up odd");
        assert_eq!(class(live(Direction::Down, 2)?, 0), "price down even");
        // A row that comes back keeps its arrow.
        assert_eq!(class(live(Direction::Down, 2)?, 2), "price down");
        assert_eq!(class(live(Direction::Up, 3)?, 2), "price up odd");
        Ok(())
    }
}
