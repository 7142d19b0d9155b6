//! What gauges say.

use crate::market::Market;
use domain::{
    CoinId, StreamState, Tick,
    alert::{Condition, Direction, Gauge, Window, moves::Moves},
    exchange::Timestamp,
    market::CandleInterval,
    number,
};
use rust_decimal::Decimal;
use std::collections::HashMap;
use time::OffsetDateTime;

/// What the gauge of a condition on a price says at this moment; `None` for other ones, and when nobody
/// knows the price.
pub(super) fn at_once(
    market: &Market,
    condition: &Condition,
    now: OffsetDateTime,
) -> Option<Decimal> {
    let price = |coin| {
        let tick = market.price(coin)?;
        (!tick.is_stale(now)).then(|| tick.price.get())
    };
    match condition {
        Condition::PriceAbove { coin, .. } => price(coin),
        Condition::PriceBelow { coin, .. } => price(coin).map(|price| -price),
        _ => None,
    }
}

/// 1 when no source delivers.
pub(super) fn staleness(market: &Market) -> Decimal {
    let health = market.health();
    let state = health.borrow().state;
    match state {
        StreamState::Live | StreamState::Simulated => Decimal::ZERO,
        StreamState::Stale | StreamState::Reconnecting => Decimal::ONE,
    }
}

/// How far prices have moved, of those coins and windows that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct AllMoves(HashMap<CoinId, HashMap<Window, Moves>>);

impl AllMoves {
    /// Follows the coin within the window from now on; what happened in it before is taken from the
    /// candles.
    pub(super) async fn follow(&mut self, market: &Market, coin: &CoinId, window: Window) {
        let windows = self.0.entry(coin.clone()).or_default();
        if windows.contains_key(&window) {
            return;
        }
        let (interval, count) = match window {
            Window::M5 => (CandleInterval::M1, 5),
            Window::M15 => (CandleInterval::M1, 15),
            Window::H1 => (CandleInterval::M1, 60),
            Window::H4 => (CandleInterval::M1, 240),
            Window::H24 => (CandleInterval::M5, 288),
        };
        let candles = market.candles(coin, interval, count).await;
        let mut moves = Moves::within(window);
        for candle in candles.unwrap_or_default() {
            let at = Timestamp::from(candle.time);
            let prices = [candle.open, candle.low, candle.high, candle.close];
            for price in prices.into_iter().filter_map(number::from_double) {
                moves.add(at, price);
            }
        }
        windows.insert(window, moves);
    }

    /// Takes in a price, and tells what the gauges of this coin say now.
    pub(super) fn add(&mut self, tick: &Tick, now: Timestamp) -> Vec<(Gauge, Decimal)> {
        let Some(windows) = self.0.get_mut(&tick.coin_id) else {
            return Vec::new();
        };
        let mut readings = Vec::new();
        for (window, moves) in windows {
            moves.add(now, tick.price.get());
            for direction in Direction::ALL {
                let gauge = Gauge::Move(tick.coin_id.clone(), *window, direction);
                readings.extend(moves.read(direction).map(|percent| (gauge, percent)));
            }
        }
        readings
    }
}
