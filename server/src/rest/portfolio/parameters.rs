//! What is asked for in the query string.

use crate::rest::query::Query;
use domain::portfolio::Method;
use services::portfolio::Period;
use std::str::FromStr;

struct MethodText(Method);

impl FromStr for MethodText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Method::ALL.into_iter().find(|one| one.as_str() == text);
        found.map(Self).ok_or("must be fifo, lifo, hifo or average")
    }
}

struct PeriodText(Period);

impl FromStr for PeriodText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = text.parse().map(Self);
        found.map_err(|()| "must be 7d, 30d, 90d, 1y, ytd or all")
    }
}

/// The method; none means the one that is set.
pub(super) fn method(query: &mut Query<'_>) -> Option<Method> {
    query.parsed("method").map(|MethodText(method)| method)
}

/// The period; all of it without one.
pub(super) fn period(query: &mut Query<'_>) -> Period {
    let found = query.parsed("period").map(|PeriodText(period)| period);
    found.unwrap_or_default()
}
