//! Lines and candles as SVG paths in whole units of a 1000 by 400 picture.

use super::scale::PriceAxis;
use domain::market::{Candle, Point};
use std::fmt::Write as _;

/// Units across.
pub const WIDTH: f64 = 1000.0;
/// Units down.
pub const HEIGHT: f64 = 400.0;

/// A line and the area under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `d` of the line.
    pub stroke: String,
    /// `d` of the area between the line and the lower edge.
    pub area: String,
}

/// Wicks and bodies of candles, apart for those that rose and those that fell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candles {
    /// `d` of the candles that closed at or above their open.
    pub rising: String,
    /// `d` of the candles that closed below their open.
    pub falling: String,
}

/// Draws `points` (oldest first, two at least) against `axis`; time runs evenly.
#[must_use]
pub fn line(points: &[Point], axis: &PriceAxis) -> Option<Line> {
    let (&(start, _), &(end, _)) = (points.first()?, points.last()?);
    if end <= start {
        return None;
    }
    let mut stroke = String::with_capacity(points.len() * 9);
    for (index, &(time, value)) in points.iter().enumerate() {
        let x = (time - start) as f64 / (end - start) as f64 * WIDTH;
        let y = axis.depth(value) * HEIGHT;
        let command = if index == 0 { 'M' } else { 'L' };
        // Tenths: the picture is stretched to about twice its units on a large screen.
        let _written = write!(stroke, "{command}{} {}", tenths(x), tenths(y));
    }
    let area = format!("{stroke}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z");
    Some(Line { stroke, area })
}

/// Draws `candles` (oldest first), each in a slot of the same width.
#[must_use]
pub fn candles(candles: &[Candle], axis: &PriceAxis) -> Candles {
    let mut out = Candles::default();
    if candles.is_empty() {
        return out;
    }
    let slot = WIDTH / candles.len() as f64;
    let half = slot * 0.32;
    for (index, candle) in candles.iter().enumerate() {
        let middle = (index as f64 + 0.5) * slot;
        let depth = |value: f64| tenths(axis.depth(value) * HEIGHT);
        let (left, right) = (tenths(middle - half), tenths(middle + half));
        let middle = tenths(middle);
        let (top, bottom) = (
            depth(candle.open.max(candle.close)),
            depth(candle.open.min(candle.close)),
        );
        let target = if candle.close < candle.open {
            &mut out.falling
        } else {
            &mut out.rising
        };
        let _written = write!(
            target,
            "M{middle} {}V{top}M{middle} {bottom}V{}M{left} {top}H{right}V{bottom}H{left}Z",
            depth(candle.high),
            depth(candle.low),
        );
    }
    out
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn candle(open: f64, high: f64, low: f64, close: f64) -> Candle {
        Candle {
            time: OffsetDateTime::UNIX_EPOCH,
            open,
            high,
            low,
            close,
            volume: None,
        }
    }

    #[test]
    fn a_line_spans_the_picture_by_time() {
        let axis = PriceAxis::around(0.0, 100.0);
        let drawn = line(&[(0, 0.0), (750, 100.0), (1000, 50.0)], &axis);
        let stroke = drawn.as_ref().map(|line| line.stroke.as_str());
        assert_eq!(stroke, Some("M0 400L750 0L1000 200"));
        let area = drawn.as_ref().map(|line| line.area.as_str());
        assert_eq!(area, Some("M0 400L750 0L1000 200L1000 400L0 400Z"));
    }

    #[test]
    fn one_point_is_no_line() {
        assert_eq!(line(&[(5, 1.0)], &PriceAxis::around(0.0, 1.0)), None);
    }

    #[test]
    fn rising_and_falling_candles_are_kept_apart() {
        let axis = PriceAxis::around(0.0, 100.0);
        let drawn = candles(
            &[
                candle(25.0, 100.0, 0.0, 75.0),
                candle(75.0, 80.0, 20.0, 25.0),
            ],
            &axis,
        );
        assert_eq!(drawn.rising, "M250 0V100M250 300V400M90 100H410V300H90Z");
        assert_eq!(
            drawn.falling,
            "M750 80V100M750 300V320M590 100H910V300H590Z"
        );
    }
}
