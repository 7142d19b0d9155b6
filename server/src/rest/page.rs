//! Lists by page: how much of them is asked for, and from where on.

use super::query::Query;
use services::store::Page;
use std::str::FromStr;
use utoipa::IntoParams;
use uuid::Uuid;

/// Things on a page when no number is asked for.
const USUAL: u32 = 50;
/// Things on a page at most.
const MOST: u32 = 500;
const NO_CURSOR: &str = "must be the next_cursor of an earlier answer";

/// `limit` and `cursor`.
pub(super) const PARAMETERS: [&str; 2] = ["limit", "cursor"];

/// Query of a list by page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct PageParams {
    /// At most so many; more than 500 is 500.
    #[param(minimum = 1, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How much is asked for.
pub(super) fn limit(query: &mut Query<'_>) -> u32 {
    let limit = query.number("limit", 1);
    limit.map_or(USUAL, |limit| {
        u32::try_from(limit).unwrap_or(MOST).min(MOST)
    })
}

/// The page that is asked for.
pub(super) fn read(query: &mut Query<'_>) -> Page {
    let limit = limit(query);
    let cursor = query.text("cursor").map(str::parse::<Uuid>);
    let before = match cursor {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => {
            query.error("cursor", NO_CURSOR);
            None
        }
    };
    Page { before, limit }
}

/// The number behind which a list goes on whose `next_cursor` is the number of its last one.
pub(super) fn before(query: &mut Query<'_>) -> Option<u64> {
    query.parsed("cursor").map(|Place(before)| before)
}

/// How many were on the pages before, of a list whose `next_cursor` says that.
pub(super) fn seen(query: &mut Query<'_>) -> usize {
    let seen = before(query).unwrap_or_default();
    usize::try_from(seen).unwrap_or(usize::MAX)
}

/// A number that was given as a `next_cursor`.
struct Place(u64);

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| NO_CURSOR)
    }
}

/// Where the next page begins, if this one is full.
pub(super) fn next<T>(page: Page, found: &[T], id: impl Fn(&T) -> Uuid) -> Option<Uuid> {
    let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= page.limit);
    found.last().filter(|_| is_full).map(id)
}
