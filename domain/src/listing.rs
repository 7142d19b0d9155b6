//! Searching, filtering, sorting and paging the market list: one rule for the REST API, the
//! server-rendered page and the browser.

use crate::market::{CoinList, CoinSummary};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, str::FromStr};

/// Rows on a page when none is asked for.
pub const DEFAULT_LIMIT: usize = 50;
/// Most rows on a page; larger limits are clamped.
pub const MAX_LIMIT: usize = 500;

/// Column to sort by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    /// Rank by market cap.
    #[default]
    Rank,
    /// Name.
    Name,
    /// Price.
    Price,
    /// 24-hour change.
    #[serde(rename = "change_24h")]
    Change,
    /// Market cap.
    MarketCap,
    /// 24-hour volume.
    #[serde(rename = "volume_24h")]
    Volume,
}

impl SortKey {
    /// Every column.
    pub const ALL: [Self; 6] = [
        Self::Rank,
        Self::Name,
        Self::Price,
        Self::Change,
        Self::MarketCap,
        Self::Volume,
    ];

    /// The name used in query strings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rank => "rank",
            Self::Name => "name",
            Self::Price => "price",
            Self::Change => "change_24h",
            Self::MarketCap => "market_cap",
            Self::Volume => "volume_24h",
        }
    }

    /// The order people expect at first: rank and name ascending, figures largest first.
    #[must_use]
    pub const fn natural_order(self) -> SortOrder {
        match self {
            Self::Rank | Self::Name => SortOrder::Asc,
            Self::Price | Self::Change | Self::MarketCap | Self::Volume => SortOrder::Desc,
        }
    }
}

/// Direction of sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

impl SortOrder {
    /// The name used in query strings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }

    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Asc => Self::Desc,
            Self::Desc => Self::Asc,
        }
    }
}

/// A value a query parameter does not accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {expected}")]
pub struct UnknownValue {
    /// The accepted values.
    pub expected: &'static str,
}

impl FromStr for SortKey {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|key| key.as_str() == text)
            .ok_or(UnknownValue {
                expected: "rank, name, price, change_24h, market_cap, volume_24h",
            })
    }
}

impl FromStr for SortOrder {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Asc, Self::Desc]
            .into_iter()
            .find(|order| order.as_str() == text)
            .ok_or(UnknownValue {
                expected: "asc, desc",
            })
    }
}

/// Which rows, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListQuery {
    /// Part of a name, ticker or id, any case.
    pub search: String,
    /// Column.
    pub sort: SortKey,
    /// Direction; the column's natural one when absent.
    pub order: Option<SortOrder>,
    /// Rows on the page, 1 to [`MAX_LIMIT`]; [`DEFAULT_LIMIT`] when absent.
    pub limit: Option<usize>,
    /// Rows to skip (what a cursor stands for).
    pub offset: usize,
}

/// Whether a row matches a search text.
#[must_use]
pub fn matches(row: &CoinSummary, search: &str) -> bool {
    let needle = search.trim().to_lowercase();
    needle.is_empty()
        || row.name.to_lowercase().contains(&needle)
        || row.symbol.to_lowercase().contains(&needle)
        || row.id.as_str().contains(&needle)
}

/// Orders two rows. Unknown figures come last in both directions; ties fall back to rank, then id,
/// so that the order is total and paging is stable.
#[must_use]
pub fn compare(a: &CoinSummary, b: &CoinSummary, key: SortKey, order: SortOrder) -> Ordering {
    let by_key = match key {
        SortKey::Rank => known_first(a.rank, b.rank, order, Ord::cmp),
        SortKey::Name => {
            let name = |row: &CoinSummary| Some(row.name.to_lowercase());
            known_first(name(a), name(b), order, Ord::cmp)
        }
        SortKey::Price => known_first(a.price, b.price, order, Ord::cmp),
        SortKey::Change => known_first(a.change_24h, b.change_24h, order, f64::total_cmp),
        SortKey::MarketCap => known_first(a.market_cap, b.market_cap, order, f64::total_cmp),
        SortKey::Volume => known_first(a.volume_24h, b.volume_24h, order, f64::total_cmp),
    };
    by_key
        .then_with(|| known_first(a.rank, b.rank, SortOrder::Asc, Ord::cmp))
        .then_with(|| a.id.cmp(&b.id))
}

fn known_first<T>(
    a: Option<T>,
    b: Option<T>,
    order: SortOrder,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => match order {
            SortOrder::Asc => compare(&a, &b),
            SortOrder::Desc => compare(&b, &a),
        },
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Searches, sorts and cuts one page out of all rows. Only the rows of the page are copied.
#[must_use]
pub fn page(rows: &[CoinSummary], query: &ListQuery) -> CoinList {
    let order = query.order.unwrap_or(query.sort.natural_order());
    let found = rows.iter().filter(|row| matches(row, &query.search));
    let mut found: Vec<&CoinSummary> = found.collect();
    found.sort_by(|a, b| compare(a, b, query.sort, order));
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let end = query.offset.saturating_add(limit);
    let next_cursor = (end < found.len()).then(|| end.to_string());
    let page = found.into_iter().skip(query.offset).take(limit);
    CoinList {
        cryptocurrencies: page.cloned().collect(),
        next_cursor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CoinId, coin::InvalidCoinId};

    fn row(id: &str, rank: u32, change: Option<f64>) -> Result<CoinSummary, InvalidCoinId> {
        Ok(CoinSummary {
            id: CoinId::new(id)?,
            symbol: id.to_uppercase(),
            name: id.to_owned(),
            image: None,
            price: None,
            market_cap: None,
            volume_24h: None,
            change_24h: change,
            rank: Some(rank),
            sparkline: Vec::new(),
            source: None,
            updated_at: None,
            stale: false,
        })
    }

    fn rows() -> Result<Vec<CoinSummary>, InvalidCoinId> {
        Ok(vec![
            row("bitcoin", 1, Some(-1.0))?,
            row("tron", 2, None)?,
            row("bitcoin-cash", 3, Some(2.0))?,
            row("dai", 4, Some(2.0))?,
        ])
    }

    fn ids(list: &CoinList) -> Vec<&str> {
        let rows = list.cryptocurrencies.iter();
        rows.map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn pages_follow_each_other_to_the_end() -> Result<(), InvalidCoinId> {
        let rows = rows()?;
        let at = |offset| {
            let query = ListQuery {
                limit: Some(3),
                offset,
                ..ListQuery::default()
            };
            page(&rows, &query)
        };
        let (first, last, beyond) = (at(0), at(3), at(usize::MAX));
        assert_eq!(ids(&first), ["bitcoin", "tron", "bitcoin-cash"]);
        assert_eq!(first.next_cursor.as_deref(), Some("3"));
        assert_eq!((ids(&last), &last.next_cursor), (vec!["dai"], &None));
        assert_eq!((ids(&beyond).len(), &beyond.next_cursor), (0, &None));
        Ok(())
    }

    #[test]
    fn the_search_looks_at_names_in_any_case_and_unknown_figures_come_last()
    -> Result<(), InvalidCoinId> {
        let rows = rows()?;
        let search = " BitCoin".to_owned();
        let query = ListQuery {
            search,
            sort: SortKey::Change,
            ..ListQuery::default()
        };
        assert_eq!(ids(&page(&rows, &query)), ["bitcoin-cash", "bitcoin"]);
        for (order, expected) in [
            (SortOrder::Asc, ["bitcoin", "bitcoin-cash", "dai", "tron"]),
            (SortOrder::Desc, ["bitcoin-cash", "dai", "bitcoin", "tron"]),
        ] {
            let query = ListQuery {
                sort: SortKey::Change,
                order: Some(order),
                ..ListQuery::default()
            };
            assert_eq!(ids(&page(&rows, &query)), expected, "{order:?}");
        }
        Ok(())
    }

    #[test]
    fn the_number_of_rows_on_a_page_is_clamped() -> Result<(), InvalidCoinId> {
        let many = (1..=600).map(|rank| row(&format!("coin-{rank}"), rank, None));
        let many = many.collect::<Result<Vec<_>, _>>()?;
        for (limit, expected) in [(None, 50), (Some(0), 1), (Some(usize::MAX), 500)] {
            let query = ListQuery {
                limit,
                ..ListQuery::default()
            };
            assert_eq!(page(&many, &query).cryptocurrencies.len(), expected);
        }
        Ok(())
    }
}
