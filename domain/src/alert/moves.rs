//! How far a price has moved within a window.

use super::condition::{Direction, Window};
use crate::exchange::Timestamp;
use rust_decimal::Decimal;
use std::collections::VecDeque;

/// The lowest and the highest price of the window that ends now. Adding a price costs the same on average,
/// however long the window is: of prices that can't be the lowest (or highest) any more none is kept.
#[derive(Debug, Clone)]
pub struct Moves {
    window: Window,
    /// Rising: the first is the lowest.
    lows: VecDeque<(Timestamp, Decimal)>,
    /// Falling: the first is the highest.
    highs: VecDeque<(Timestamp, Decimal)>,
}

impl Moves {
    /// Nothing is known yet.
    #[must_use]
    pub const fn within(window: Window) -> Self {
        Self {
            window,
            lows: VecDeque::new(),
            highs: VecDeque::new(),
        }
    }

    /// Adds a price above zero, which is not earlier than those before.
    pub fn add(&mut self, at: Timestamp, price: Decimal) {
        push(&mut self.lows, at, price, |last| last >= price);
        push(&mut self.highs, at, price, |last| last <= price);
        let window = self.window.millis();
        for prices in [&mut self.lows, &mut self.highs] {
            while prices
                .front()
                .is_some_and(|(then, _)| at.since(*then) > window)
            {
                prices.pop_front();
            }
        }
    }

    /// The same with what was before, which became known later: `self` goes on where `earlier` ends.
    #[must_use]
    pub fn behind(self, mut earlier: Self) -> Self {
        // What is in neither of the two is no lowest or highest price of any time to come.
        let mut prices: Vec<_> = self.lows.into_iter().chain(self.highs).collect();
        prices.sort_by_key(|(at, _)| *at);
        for (at, price) in prices {
            earlier.add(at, price);
        }
        earlier
    }

    /// How far the last price is from the lowest (up) or the highest (down) of the window, or the larger
    /// of the two, in per cent, cut off behind the tenth decimal place; `None` before the first price.
    #[must_use]
    pub fn read(&self, direction: Direction) -> Option<Decimal> {
        let (_, now) = self.lows.back()?;
        let (low, high) = (self.lows.front()?.1, self.highs.front()?.1);
        let up = percent(now.checked_sub(low)?, low)?;
        let down = percent(high.checked_sub(*now)?, high)?;
        Some(match direction {
            Direction::Up => up,
            Direction::Down => down,
            Direction::Any => up.max(down),
        })
    }
}

fn push(
    prices: &mut VecDeque<(Timestamp, Decimal)>,
    at: Timestamp,
    price: Decimal,
    is_beaten: impl Fn(Decimal) -> bool,
) {
    while prices.back().is_some_and(|(_, last)| is_beaten(*last)) {
        prices.pop_back();
    }
    prices.push_back((at, price));
}

fn percent(part: Decimal, whole: Decimal) -> Option<Decimal> {
    let ratio = part.checked_div(whole)?.checked_mul(Decimal::ONE_HUNDRED)?;
    Some(ratio.trunc_with_scale(10).normalize())
}
