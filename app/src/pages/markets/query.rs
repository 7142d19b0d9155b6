//! The address of the markets page: what is searched, shown and sorted.

use crate::pages::query_string::value;
use domain::listing::{SortKey, SortOrder};
use leptos_router::location::Url;

/// Which coins are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Filter {
    /// Every coin.
    #[default]
    All,
    /// The visitor's starred coins.
    Favourites,
    /// Coins that rose over 24 hours.
    Gainers,
    /// Coins that fell over 24 hours.
    Losers,
}

impl Filter {
    /// Every filter, in the order of the tabs.
    pub(super) const ALL: [Self; 4] = [Self::All, Self::Favourites, Self::Gainers, Self::Losers];

    /// The value in the address.
    #[must_use]
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Favourites => "favourites",
            Self::Gainers => "gainers",
            Self::Losers => "losers",
        }
    }

    /// The word on the tab.
    #[must_use]
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Favourites => "Favourites",
            Self::Gainers => "Gainers",
            Self::Losers => "Losers",
        }
    }
}

/// The query string of the markets page. What it does not understand it ignores: an old or a
/// mistyped link still shows the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MarketsQuery {
    /// Part of a name or ticker.
    pub(super) search: String,
    /// Which coins.
    pub(super) filter: Filter,
    /// Column; the filter's own when absent.
    pub(super) sort: Option<SortKey>,
    /// Direction; the column's natural one when absent.
    pub(super) order: Option<SortOrder>,
}

impl MarketsQuery {
    /// Reads the query string of the address.
    #[must_use]
    pub(super) fn read(query: &str) -> Self {
        let filter = value(query, "filter").unwrap_or_default();
        Self {
            search: value(query, "search").unwrap_or_default(),
            filter: Filter::ALL
                .into_iter()
                .find(|one| one.as_str() == filter)
                .unwrap_or_default(),
            sort: value(query, "sort").and_then(|text| text.parse().ok()),
            order: value(query, "order").and_then(|text| text.parse().ok()),
        }
    }

    /// The column and direction in effect: the largest movers first where movers are asked for.
    #[must_use]
    pub(super) fn sorting(&self) -> (SortKey, SortOrder) {
        match (self.sort, self.filter) {
            (Some(key), _) => (key, self.order.unwrap_or(key.natural_order())),
            (None, Filter::Gainers) => (SortKey::Change, SortOrder::Desc),
            (None, Filter::Losers) => (SortKey::Change, SortOrder::Asc),
            (None, Filter::All | Filter::Favourites) => (SortKey::Rank, SortOrder::Asc),
        }
    }

    /// The query that a click on a column's head leads to: its natural order, or the reverse when
    /// it is sorted by already.
    #[must_use]
    pub(super) fn sorted_by(&self, key: SortKey) -> Self {
        let order = match self.sorting() {
            (current, order) if current == key => order.reversed(),
            _ => key.natural_order(),
        };
        Self {
            sort: Some(key),
            order: Some(order),
            ..self.clone()
        }
    }

    /// The query of another tab. Each tab begins with its own order.
    #[must_use]
    pub(super) fn filtered_by(&self, filter: Filter) -> Self {
        Self {
            search: self.search.clone(),
            filter,
            sort: None,
            order: None,
        }
    }

    /// The address at `path`.
    #[must_use]
    pub(super) fn href(&self, path: &str) -> String {
        let mut parts = Vec::new();
        if !self.search.is_empty() {
            parts.push(format!("search={}", Url::escape(&self.search)));
        }
        if self.filter != Filter::All {
            parts.push(format!("filter={}", self.filter.as_str()));
        }
        if let Some(sort) = self.sort {
            parts.push(format!("sort={}", sort.as_str()));
        }
        if let Some(order) = self.order {
            parts.push(format!("order={}", order.as_str()));
        }
        if parts.is_empty() {
            return path.to_owned();
        }
        format!("{path}?{}", parts.join("&"))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_ignored() {
        let query = MarketsQuery::read("filter=best&sort=beauty&order=up");
        assert_eq!(query, MarketsQuery::default());
        assert_eq!(query.href("/markets"), "/markets");
    }

    #[test]
    fn a_second_click_on_a_column_reverses_it() {
        let once = MarketsQuery::default().sorted_by(SortKey::Price);
        assert_eq!(once.href("/"), "/?sort=price&order=desc");
        assert_eq!(
            once.sorted_by(SortKey::Price).href("/"),
            "/?sort=price&order=asc"
        );
        assert_eq!(
            once.sorted_by(SortKey::Name).href("/"),
            "/?sort=name&order=asc"
        );
        let rank = MarketsQuery::default().sorted_by(SortKey::Rank);
        assert_eq!(rank.order, Some(SortOrder::Desc));
    }

    #[test]
    fn losers_come_with_the_deepest_fall_first() {
        let query = MarketsQuery::read("filter=losers");
        assert_eq!(query.sorting(), (SortKey::Change, SortOrder::Asc));
        let query = MarketsQuery::read("filter=losers&sort=name");
        assert_eq!(query.sorting(), (SortKey::Name, SortOrder::Asc));
    }

    #[test]
    fn a_search_is_escaped_and_survives_a_tab() {
        let query = MarketsQuery::read("search=a%26b%3Dc+d&sort=price");
        let href = query.filtered_by(Filter::Gainers).href("/markets");
        assert_eq!(href, "/markets?search=a%26b%3Dc%20d&filter=gainers");
    }

    #[test]
    fn what_looks_encoded_is_searched_as_it_was_typed() {
        let query = MarketsQuery {
            search: "%41".to_owned(),
            ..MarketsQuery::default()
        };
        let href = query.href("/");
        assert_eq!(href, "/?search=%2541");
        assert_eq!(MarketsQuery::read("search=%2541"), query);
    }
}
