//! Goals, and whether they are met.

use crate::rounds::Spread;
use std::fmt;

/// The bound of a goal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
    /// Only shown, to compare with.
    Open,
}

/// One goal and the figure that was measured for it.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    pub(crate) name: String,
    pub(crate) bound: Bound,
    pub(crate) unit: &'static str,
    /// `None` when there was nothing to measure: then the goal is not met.
    pub(crate) figure: Option<Spread>,
}

impl Goal {
    /// By the median.
    pub(crate) fn is_met(&self) -> bool {
        self.figure.is_some_and(|figure| match self.bound {
            Bound::AtLeast(least) => figure.median >= least,
            Bound::AtMost(most) => figure.median <= most,
            Bound::Open => true,
        })
    }

    /// A row of the table of goals.
    pub(crate) fn cells(&self) -> [String; 4] {
        let figure = self.figure.map_or_else(
            || "–".to_owned(),
            |Spread { median, low, high }| {
                let unit = self.unit;
                format!(
                    "{}{unit} ({} to {})",
                    plain(median),
                    plain(low),
                    plain(high)
                )
            },
        );
        [self.name.clone(), self.limit(), figure, self.verdict()]
    }

    fn limit(&self) -> String {
        match self.bound {
            Bound::Open => self.bound.to_string(),
            bound => format!("{bound}{}", self.unit),
        }
    }

    fn verdict(&self) -> String {
        match (self.bound, self.is_met()) {
            (Bound::Open, true) => "–",
            (_, true) => "met",
            (_, false) => "**missed**",
        }
        .to_owned()
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "≥ {}", plain(*bound)),
            Self::AtMost(bound) => write!(f, "≤ {}", plain(*bound)),
            Self::Open => f.write_str("–"),
        }
    }
}

/// Three significant digits.
pub(crate) fn plain(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(bound: Bound, median: f64) -> Goal {
        Goal {
            name: String::new(),
            bound,
            unit: "×",
            figure: Spread::of([median]),
        }
    }

    #[test]
    fn a_goal_is_judged_by_its_own_side() {
        assert!(goal(Bound::AtLeast(5.0), 5.0).is_met());
        assert!(!goal(Bound::AtLeast(5.0), 4.9).is_met());
        assert!(goal(Bound::AtMost(300.0), 12.0).is_met());
        assert!(!goal(Bound::AtMost(300.0), 301.0).is_met());
    }

    #[test]
    fn what_is_only_shown_is_not_judged() {
        let cells = goal(Bound::Open, 0.5).cells();
        assert_eq!(cells, ["", "–", "0.5× (0.5 to 0.5)", "–"]);
    }

    #[test]
    fn without_a_figure_it_is_missed() {
        let goal = Goal {
            figure: None,
            ..goal(Bound::AtMost(1.0), 0.0)
        };
        assert!(!goal.is_met());
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(plain(61_234.4), "61234");
        assert_eq!(plain(12.34), "12.3");
        assert_eq!(plain(0.7), "0.7");
        assert_eq!(plain(5.0), "5");
        assert_eq!(plain(100.0), "100");
    }
}
