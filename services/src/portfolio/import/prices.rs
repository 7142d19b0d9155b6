//! What a file's assets cost on its days.

use super::{
    Rates,
    draft::Draft,
    run::{File, Row, entries},
};
use crate::auth::Identity;
use crate::portfolio::{PortfolioError, Portfolios};
use domain::{
    exchange::{Asset, Timestamp},
    portfolio::{
        Entry, Import, Number, Recorded,
        history::{Closes, Day, close_of, told_prices},
        imported::Fate,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// What assets cost, day by day.
#[derive(Debug, Clone, Default)]
pub(super) struct Prices {
    /// Closing prices, or others of a day.
    pub(super) closes: BTreeMap<Asset, Closes>,
    /// What stands for a dollar by design: one of it counts as one, whatever anybody says.
    pub(super) dollars: BTreeSet<Asset>,
}

impl Prices {
    /// Whether it counts as a dollar.
    pub(super) fn is_dollar(&self, asset: Asset) -> bool {
        self.dollars.contains(&asset)
    }

    /// What an asset cost on a day: its closing price, or the last one of the week before. Of what was
    /// longer ago than anybody knows, nothing is made up.
    pub(super) fn of(&self, asset: Asset, day: Day) -> Option<Number> {
        if self.is_dollar(asset) {
            return Some(Number::ONE);
        }
        close_of(self.closes.get(&asset)?, day).map(|(_, price)| price)
    }
}

impl Portfolios {
    /// Closing prices of everything the file is about, and where nobody knows them those that the portfolio
    /// tells.
    pub(super) async fn prices_for(
        &self,
        identity: &Identity,
        file: &File,
    ) -> Result<Prices, PortfolioError> {
        let drafts = file.rows.iter().flatten().flat_map(|row| &row.drafts);
        let legs = drafts.flat_map(Draft::legs);
        let mut assets: BTreeSet<Asset> = legs.map(|leg| leg.asset).collect();
        assets.remove(&Asset::USD);
        let dollars = self.stablecoins();
        let others = assets.difference(&dollars).copied().collect();
        let mut closes = self.history(identity.id()).await?.told_prices.clone();
        for (asset, known) in self.closes(&others).await {
            let days = known.iter().map(|(day, price)| (*day, *price));
            closes.entry(asset).or_default().extend(days);
        }
        // Today has not closed yet.
        let today = Timestamp::from(self.0.clock.now()).day();
        for (asset, quote) in self.quotes() {
            if let Some(closes) = closes.get_mut(&asset) {
                closes.insert(today, quote.price);
            }
        }
        Ok(Prices { closes, dollars })
    }
}

/// The entries of a file; where a price is missing, at one that its own trades tell.
pub(super) fn told_by(
    file: &File,
    import: &Import,
    rates: &Rates,
    mut prices: Prices,
) -> (Vec<Row>, Vec<Recorded>) {
    let made = entries(&file.rows, import, rates, &prices);
    let is_bad = |row: &Row| matches!(row, Row::Told(report) if report.fate == Fate::Bad);
    if !made.0.iter().any(is_bad) {
        return made;
    }
    let own: Vec<Entry> = made.1.iter().map(|one| one.entry).collect();
    for (asset, own) in told_prices(&own) {
        let known = prices.closes.entry(asset).or_default();
        for (day, price) in own {
            known.entry(day).or_insert(price);
        }
    }
    entries(&file.rows, import, rates, &prices)
}
