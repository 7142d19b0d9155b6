//! What a chart shows.

use super::scale::PriceAxis;
use crate::components::sparkline::bounds;
use domain::market::{Candle, Days, Point};
use serde::{Deserialize, Serialize};

/// A line through prices, or candles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Series {
    /// Prices, oldest first.
    Line(Vec<Point>),
    /// Candles, oldest first.
    Candles(Vec<Candle>),
}

impl Series {
    /// The value of `data-kind`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Line(_) => "line",
            Self::Candles(_) => "candles",
        }
    }

    /// Number of points or candles.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Line(points) => points.len(),
            Self::Candles(candles) => candles.len(),
        }
    }

    /// Whether there is too little to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() < 2
    }

    /// The lowest and the highest price.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        match self {
            Self::Line(points) => bounds(points.iter().map(|&(_, price)| price)),
            Self::Candles(candles) => bounds(candles.iter().flat_map(|one| [one.low, one.high])),
        }
    }

    /// The first and the last price.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        match self {
            Self::Line(points) => Some((points.first()?.1, points.last()?.1)),
            Self::Candles(candles) => Some((candles.first()?.open, candles.last()?.close)),
        }
    }

    /// When it begins and ends, in epoch milliseconds.
    #[must_use]
    pub fn span(&self) -> Option<(i64, i64)> {
        match self {
            Self::Line(points) => Some((points.first()?.0, points.last()?.0)),
            Self::Candles(candles) => Some((millis(candles.first()?), millis(candles.last()?))),
        }
    }

    /// The price axis that holds everything; `None` when there is nothing to hold.
    #[must_use]
    pub fn axis(&self) -> Option<PriceAxis> {
        let (low, high) = self.bounds()?;
        Some(PriceAxis::around(low, high))
    }

    /// All numbers in one row, as the chart script takes them: time and price of each point, or
    /// time, open, high, low and close of each candle.
    #[must_use]
    pub fn flat(&self) -> Vec<f64> {
        match self {
            Self::Line(points) => points
                .iter()
                .flat_map(|&(time, price)| [time as f64, price])
                .collect(),
            Self::Candles(candles) => candles
                .iter()
                .flat_map(|one| [millis(one) as f64, one.open, one.high, one.low, one.close])
                .collect(),
        }
    }
}

/// When a candle opens, in epoch milliseconds.
#[must_use]
pub fn millis(candle: &Candle) -> i64 {
    candle.time.unix_timestamp() * 1000
}

/// A moment of the time axis in UTC: the time of day for a day, the date beyond, with the year
/// for a year.
#[must_use]
pub fn time_label(millis: i64, days: Days) -> String {
    let Ok(moment) = time::OffsetDateTime::from_unix_timestamp(millis / 1000) else {
        return String::new();
    };
    let month = month(moment.month());
    match days {
        Days::One => format!("{:02}:{:02}", moment.hour(), moment.minute()),
        Days::Seven | Days::Thirty | Days::Ninety => format!("{} {month}", moment.day()),
        Days::Year => format!("{month} {}", moment.year()),
    }
}

/// A moment in full: `22 Nov 2026, 18:05`.
#[must_use]
pub fn moment(millis: i64) -> String {
    let Ok(at) = time::OffsetDateTime::from_unix_timestamp(millis / 1000) else {
        return String::new();
    };
    format!(
        "{} {} {}, {:02}:{:02}",
        at.day(),
        month(at.month()),
        at.year(),
        at.hour(),
        at.minute()
    )
}

const fn month(month: time::Month) -> &'static str {
    use time::Month as M;
    match month {
        M::January => "Jan",
        M::February => "Feb",
        M::March => "Mar",
        M::April => "Apr",
        M::May => "May",
        M::June => "Jun",
        M::July => "Jul",
        M::August => "Aug",
        M::September => "Sep",
        M::October => "Oct",
        M::November => "Nov",
        M::December => "Dec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_as_fine_as_the_range() {
        let at = 1_795_370_700_000; // 22 November 2026, 18:05 UTC
        assert_eq!(time_label(at, Days::One), "18:05");
        assert_eq!(time_label(at, Days::Thirty), "22 Nov");
        assert_eq!(time_label(at, Days::Year), "Nov 2026");
        assert_eq!(moment(at), "22 Nov 2026, 18:05");
    }

    #[test]
    fn a_line_is_flattened_point_by_point() {
        let series = Series::Line(vec![(1000, 1.5), (2000, 2.5)]);
        assert_eq!(series.flat(), vec![1000.0, 1.5, 2000.0, 2.5]);
        assert_eq!(series.ends(), Some((1.5, 2.5)));
        assert!(Series::Line(vec![(1000, 1.5)]).is_empty());
    }
}
