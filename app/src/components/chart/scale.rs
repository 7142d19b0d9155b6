//! Axes: round figures on the price axis, round times on the other.

use domain::market::Days;

/// About this many lines across the picture.
const TARGET_LINES: f64 = 5.0;

/// A price axis whose lines stand at round figures.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceAxis {
    /// The value at the lower edge.
    pub low: f64,
    /// The value at the upper edge.
    pub high: f64,
    /// The lines from the highest to the lowest, both edges included, evenly spaced.
    pub lines: Vec<f64>,
    /// Decimal places that tell the lines apart.
    pub decimals: usize,
}

impl PriceAxis {
    /// An axis that holds everything from `low` to `high`, both finite.
    #[must_use]
    pub fn around(low: f64, high: f64) -> Self {
        // A flat series gets a band of 1 % on both sides, so that its line runs through the middle.
        let pad = if high > low {
            0.0
        } else {
            (low.abs() * 0.01).max(1e-12)
        };
        let (low, high) = (low - pad, high + pad);
        let step = round_step((high - low) / TARGET_LINES);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let count = (last - first).round() as usize;
        Self {
            low: first * step,
            high: last * step,
            lines: (0..=count)
                .map(|line| (last - line as f64) * step)
                .collect(),
            decimals: (-step.log10().floor()).max(0.0) as usize,
        }
    }

    /// How far down `value` lies, from 0 at the upper edge to 1 at the lower.
    #[must_use]
    pub fn depth(&self, value: f64) -> f64 {
        (self.high - value) / (self.high - self.low)
    }
}

/// The next larger of 1, 2, 5 and 10 times a power of ten.
fn round_step(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let factor = raw / power;
    let nice = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|nice| factor <= nice + 1e-9)
        .unwrap_or(10.0);
    nice * power
}

/// The times from `start` to `end` (epoch milliseconds, UTC) that get a label: few enough for the
/// width of a phone.
pub fn round_times(start: i64, end: i64, days: Days) -> impl Iterator<Item = i64> {
    const HOUR: i64 = 3_600_000;
    let step = match days {
        Days::One => 6 * HOUR,
        Days::Seven => 48 * HOUR,
        Days::Thirty => 7 * 24 * HOUR,
        Days::Ninety => 21 * 24 * HOUR,
        Days::Year => 91 * 24 * HOUR,
    };
    let first = start.div_euclid(step) + i64::from(start.rem_euclid(step) > 0);
    (first..=end.div_euclid(step)).map(move |mark| mark * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_labelled_at_its_quarters() {
        let hour = 3_600_000;
        // From 01:39 to 01:39 a day later.
        let start = 5_940_000;
        let marks: Vec<_> = round_times(start, start + 24 * hour, Days::One).collect();
        assert_eq!(marks, [6 * hour, 12 * hour, 18 * hour, 24 * hour]);
        assert_eq!(round_times(0, 6 * hour, Days::One).count(), 2);
    }

    #[test]
    fn lines_stand_at_round_figures_and_hold_the_series() {
        let axis = PriceAxis::around(83_911.0, 86_420.5);
        assert_eq!(
            axis.lines,
            vec![87_000.0, 86_000.0, 85_000.0, 84_000.0, 83_000.0]
        );
        assert_eq!(axis.decimals, 0);
    }

    #[test]
    fn small_prices_keep_their_digits() {
        let axis = PriceAxis::around(0.000_008_1, 0.000_009_6);
        assert!(
            axis.low <= 0.000_008_1 && axis.high >= 0.000_009_6,
            "{axis:?}"
        );
        assert_eq!(axis.decimals, 7);
    }

    #[test]
    fn a_flat_series_lies_inside() {
        let axis = PriceAxis::around(1.0, 1.0);
        let depth = axis.depth(1.0);
        assert!(depth > 0.2 && depth < 0.8, "{axis:?}");
    }

    #[test]
    fn depth_runs_from_the_upper_edge_to_the_lower() {
        let axis = PriceAxis::around(0.0, 100.0);
        assert_eq!((axis.depth(100.0), axis.depth(0.0)), (0.0, 1.0));
    }
}
