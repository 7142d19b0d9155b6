//! What an address says of the chart: range and kind.

use crate::pages::query_string::split_chart;
use domain::market::{CandleInterval, Days};
use leptos_router::params::ParamsMap;

/// What the chart draws.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line through prices.
    #[default]
    Line,
    /// Candles.
    Candles,
}

impl Kind {
    /// Both, in the order of the switch.
    pub(super) const ALL: [Self; 2] = [Self::Line, Self::Candles];

    /// The value in the address.
    #[must_use]
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Candles => "candles",
        }
    }

    /// The word on the switch.
    #[must_use]
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Line => "Line",
            Self::Candles => "Candles",
        }
    }
}

/// The part of a query string that is about the chart; what it does not understand it ignores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) struct ChartQuery {
    /// How far back.
    pub(super) days: Days,
    /// Line or candles.
    pub(super) kind: Kind,
}

impl ChartQuery {
    /// Reads the parameters of the address.
    #[must_use]
    pub(super) fn read(params: &ParamsMap) -> Self {
        let range = params.get_str("range").unwrap_or_default();
        let kind = params.get_str("kind").unwrap_or_default();
        Self {
            days: Days::ALL
                .into_iter()
                .find(|days| range_label(*days).eq_ignore_ascii_case(range))
                .unwrap_or(Days::One),
            kind: Kind::ALL
                .into_iter()
                .find(|one| one.as_str() == kind)
                .unwrap_or_default(),
        }
    }

    /// The query string of this choice; what else stands in `search` stays.
    #[must_use]
    pub(in crate::pages) fn href(self, search: &str) -> String {
        let range = range_label(self.days).to_ascii_lowercase();
        let mut href = format!("?range={range}&kind={}", self.kind.as_str());
        for other in split_chart(search).1 {
            href.push('&');
            href.push_str(other);
        }
        href
    }

    /// Width and number of the candles: between 90 and 365 of them, which still can be told apart.
    #[must_use]
    pub(super) const fn candles(self) -> (CandleInterval, u16) {
        match self.days {
            Days::One => (CandleInterval::M15, 96),
            Days::Seven => (CandleInterval::H1, 168),
            Days::Thirty => (CandleInterval::H4, 180),
            Days::Ninety => (CandleInterval::D1, 90),
            Days::Year => (CandleInterval::D1, 365),
        }
    }

    /// Seconds from one point to the next.
    #[must_use]
    pub(super) const fn step_seconds(self) -> i64 {
        match self.kind {
            Kind::Line => self.days.step_seconds(),
            Kind::Candles => self.candles().0.seconds(),
        }
    }
}

/// The name of a range.
#[must_use]
pub(super) const fn range_label(days: Days) -> &'static str {
    match days {
        Days::One => "1D",
        Days::Seven => "7D",
        Days::Thirty => "1M",
        Days::Ninety => "3M",
        Days::Year => "1Y",
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn every_choice_reads_back_and_nonsense_is_ignored() {
        for days in Days::ALL {
            for kind in Kind::ALL {
                let query = ChartQuery { days, kind };
                let mut params = ParamsMap::new();
                params.insert("range", range_label(days).to_ascii_lowercase());
                params.insert("kind", kind.as_str().to_owned());
                assert_eq!(ChartQuery::read(&params), query);
                let href = query.href("?range=1d&side=buy&kind=line");
                let (ours, others) = href.split_at(query.href("").len());
                assert_eq!((ours, others), (&*query.href(""), "&side=buy"));
                assert!(ours.ends_with(kind.as_str()), "{ours}");
            }
        }
        let mut params = ParamsMap::new();
        params.insert("range", "5y".to_owned());
        let read = ChartQuery::read(&params);
        assert_eq!((read.days, read.kind), (Days::One, Kind::Line));
    }

    #[test]
    fn candles_cover_the_range_they_stand_for() {
        for days in Days::ALL {
            let (interval, count) = ChartQuery {
                days,
                kind: Kind::Candles,
            }
            .candles();
            let covered = interval.seconds() * i64::from(count);
            assert_eq!(covered, i64::from(days.count()) * 86_400, "{days:?}");
        }
    }
}
