//! Which rows the list shows, in which order.

use super::query::{Filter, MarketsQuery};
use crate::watchlist::Watchlist;
use domain::{
    CoinId,
    format::{Direction, direction},
    listing::{compare, matches},
    market::CoinSummary,
    number,
};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A coin of the list, as the server told it last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The figures; the sparkline is taken out.
    pub(super) coin: CoinSummary,
    /// Prices of the last seven days.
    pub(super) sparkline: Vec<f64>,
    /// The price 24 hours before the list was made, from which the live change follows.
    pub(super) yesterday: Option<f64>,
}

impl Row {
    /// Takes a summary apart.
    #[must_use]
    pub(super) fn new(mut coin: CoinSummary) -> Self {
        let sparkline = std::mem::take(&mut coin.sparkline);
        Self {
            yesterday: yesterday(coin.price, coin.change_24h),
            coin,
            sparkline,
        }
    }

    /// The change over 24 hours at a price; the one the list came with when nothing else is known.
    #[must_use]
    pub(super) fn change_at(&self, price: Option<Decimal>) -> Option<f64> {
        change_at(price, self.yesterday).or(self.coin.change_24h)
    }

    /// The figures at the live price, for filtering and sorting.
    fn at(&self, price: Option<Decimal>) -> CoinSummary {
        CoinSummary {
            price: price.or(self.coin.price),
            change_24h: self.change_at(price),
            ..self.coin.clone()
        }
    }
}

/// The price 24 hours ago, from today's and the change in percent.
#[must_use]
pub(crate) fn yesterday(price: Option<Decimal>, change: Option<f64>) -> Option<f64> {
    let factor = 1.0 + change? / 100.0;
    let price = number::to_double(price?) / factor;
    (factor > 0.0 && price.is_finite()).then_some(price)
}

/// The change in percent from `yesterday` to `price`.
#[must_use]
pub(crate) fn change_at(price: Option<Decimal>, yesterday: Option<f64>) -> Option<f64> {
    let (price, yesterday) = (number::to_double(price?), yesterday?);
    (yesterday > 0.0).then(|| (price / yesterday - 1.0) * 100.0)
}

/// Filters, searches and sorts by the live prices.
#[must_use]
pub(super) fn select(
    rows: &[Arc<Row>],
    query: &MarketsQuery,
    watched: &Watchlist,
    live: impl Fn(&CoinId) -> Option<Decimal>,
) -> Vec<Arc<Row>> {
    let (key, order) = query.sorting();
    let mut chosen: Vec<(CoinSummary, &Arc<Row>)> = rows
        .iter()
        .filter(|row| matches(&row.coin, &query.search))
        .map(|row| (row.at(live(&row.coin.id)), row))
        .filter(|(coin, _)| belongs(coin, query.filter, watched))
        .collect();
    chosen.sort_by(|(a, _), (b, _)| compare(a, b, key, order));
    chosen.into_iter().map(|(_, row)| Arc::clone(row)).collect()
}

fn belongs(coin: &CoinSummary, filter: Filter, watched: &Watchlist) -> bool {
    match filter {
        Filter::All => true,
        Filter::Favourites => watched.contains(&coin.id),
        Filter::Gainers => coin.change_24h.map(direction) == Some(Direction::Up),
        Filter::Losers => coin.change_24h.map(direction) == Some(Direction::Down),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::listing::SortKey;

    fn row(
        id: &str,
        price: i64,
        change: f64,
        rank: u32,
    ) -> Result<Arc<Row>, domain::coin::InvalidCoinId> {
        Ok(Arc::new(Row::new(CoinSummary {
            id: CoinId::new(id)?,
            symbol: id.to_uppercase(),
            name: id.to_owned(),
            image: None,
            price: Some(Decimal::from(price)),
            market_cap: None,
            volume_24h: None,
            change_24h: Some(change),
            rank: Some(rank),
            sparkline: vec![1.0, 2.0],
            source: None,
            updated_at: None,
            stale: false,
        })))
    }

    fn ids(rows: &[Arc<Row>]) -> Vec<&str> {
        rows.iter().map(|row| row.coin.id.as_str()).collect()
    }

    #[test]
    fn movers_are_told_by_the_live_price() -> Result<(), Box<dyn std::error::Error>> {
        let rows = [row("aa", 100, 25.0, 1)?, row("bb", 50, -50.0, 2)?];
        let query = MarketsQuery {
            filter: Filter::Gainers,
            ..MarketsQuery::default()
        };
        let none = |_: &CoinId| None;
        assert_eq!(
            ids(&select(&rows, &query, &Watchlist::default(), none)),
            ["aa"]
        );
        // "bb" stood at 100 yesterday: at 130 it has risen.
        let live = |id: &CoinId| (id.as_str() == "bb").then(|| Decimal::from(130));
        assert_eq!(
            ids(&select(&rows, &query, &Watchlist::default(), live)),
            ["bb", "aa"]
        );
        Ok(())
    }

    #[test]
    fn sorting_by_price_takes_the_live_price() -> Result<(), Box<dyn std::error::Error>> {
        let rows = [row("aa", 100, 0.0, 1)?, row("bb", 50, 0.0, 2)?];
        let query = MarketsQuery::default().sorted_by(SortKey::Price);
        let live = |id: &CoinId| (id.as_str() == "bb").then(|| Decimal::from(500));
        assert_eq!(
            ids(&select(&rows, &query, &Watchlist::default(), live)),
            ["bb", "aa"]
        );
        Ok(())
    }

    #[test]
    fn favourites_are_what_was_starred() -> Result<(), Box<dyn std::error::Error>> {
        let rows = [row("aa", 1, 0.0, 1)?, row("bb", 1, 0.0, 2)?];
        let query = MarketsQuery {
            filter: Filter::Favourites,
            ..MarketsQuery::default()
        };
        let watched = Watchlist::parse("bb~zz");
        assert_eq!(ids(&select(&rows, &query, &watched, |_| None)), ["bb"]);
        Ok(())
    }

    #[test]
    fn an_unknown_change_gives_no_yesterday() {
        assert_eq!(yesterday(Some(Decimal::ONE), None), None);
        assert_eq!(yesterday(Some(Decimal::ONE), Some(-100.0)), None);
        assert_eq!(
            yesterday(Some(Decimal::ONE_HUNDRED), Some(25.0)),
            Some(80.0)
        );
    }
}
