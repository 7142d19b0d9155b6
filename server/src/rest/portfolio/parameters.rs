//! What is asked for in the query string.

use crate::rest::query::Query;
use domain::portfolio::{Method, Period};

/// The method; none means the one that is set.
pub(super) fn method(query: &mut Query<'_>) -> Option<Method> {
    query.parsed("method")
}

/// The period; all of it without one.
pub(super) fn period(query: &mut Query<'_>) -> Period {
    query.parsed("period").unwrap_or_default()
}
