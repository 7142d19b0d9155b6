//! What a portfolio is worth at given prices.

use super::{
    book::Book,
    fixed::{Money, Number, Quantity, TooLarge},
    trace::Sold,
};
use crate::{
    Source,
    exchange::{Asset, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A price with where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// In US dollars for one.
    pub price: Number,
    /// Who says so; nobody need say what a dollar costs.
    pub source: Option<Source>,
    /// When it was so.
    pub at: Timestamp,
}

/// What there is of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// What.
    pub asset: Asset,
    /// How much.
    pub quantity: Quantity,
    /// What it cost, fees included.
    pub cost: Money,
    /// What one costs now; `None` when nobody knows.
    pub quote: Option<Quote>,
    /// What all of it is worth.
    pub value: Option<Money>,
    /// Value less cost.
    pub unrealised: Option<Money>,
    /// What disposals of it made.
    pub realised: Money,
    /// Its part of the total value, 1 being all.
    pub share: Option<Number>,
}

/// An asset of which nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What.
    pub asset: Asset,
    /// What was got for it.
    pub proceeds: Money,
    /// What it had cost.
    pub cost: Money,
    /// How many disposals there were.
    pub disposals: usize,
    /// When the last of it left.
    pub at: Timestamp,
}

/// A portfolio at given prices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Valuation {
    /// What there is, the most valuable first, then by ticker.
    pub holdings: Vec<Holding>,
    /// What there was, the latest first.
    pub closed: Vec<Closed>,
    /// What everything with a price is worth.
    pub total_value: Money,
    /// What everything with a price cost.
    pub cost_basis: Money,
    /// The one less the other.
    pub unrealised: Money,
    /// What all disposals made.
    pub realised: Money,
}

impl Closed {
    /// What it made, all in all.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn realised(&self) -> Result<Money, TooLarge> {
        self.proceeds.minus(self.cost)
    }
}

impl Valuation {
    /// A book at the prices that `quote` knows. Dollars cost a dollar.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn new(
        book: &Book,
        now: Timestamp,
        quote: impl Fn(Asset) -> Option<Quote>,
    ) -> Result<Self, TooLarge> {
        let mut sold = book.sold().clone();
        let mut found = Self::default();
        for (asset, (quantity, cost)) in book.positions()? {
            let quote = if asset == Asset::USD {
                Some(Quote::dollar(now))
            } else {
                quote(asset)
            };
            let value = quote.map(|quote| quantity.times(quote.price)).transpose()?;
            let unrealised = value.map(|value| value.minus(cost)).transpose()?;
            let of_asset = sold.remove(&asset).unwrap_or_default();
            let realised = of_asset.proceeds.minus(of_asset.cost)?;
            found.realised = found.realised.plus(realised)?;
            if let (Some(value), Some(unrealised)) = (value, unrealised) {
                found.total_value = found.total_value.plus(value)?;
                found.cost_basis = found.cost_basis.plus(cost)?;
                found.unrealised = found.unrealised.plus(unrealised)?;
            }
            found.holdings.push(Holding {
                asset,
                quantity,
                cost,
                quote,
                value,
                unrealised,
                realised,
                share: None,
            });
        }
        found.close(sold)?;
        found.allocate()?;
        Ok(found)
    }

    fn close(&mut self, sold: BTreeMap<Asset, Sold>) -> Result<(), TooLarge> {
        for (asset, sold) in sold {
            let closed = Closed {
                asset,
                proceeds: sold.proceeds,
                cost: sold.cost,
                disposals: sold.disposals,
                at: sold.at,
            };
            self.realised = self.realised.plus(closed.realised()?)?;
            self.closed.push(closed);
        }
        self.closed
            .sort_by_key(|closed| std::cmp::Reverse(closed.at));
        Ok(())
    }

    fn allocate(&mut self) -> Result<(), TooLarge> {
        let total = self.total_value;
        for holding in &mut self.holdings {
            if let (Some(value), false) = (holding.value, total.is_zero()) {
                holding.share = Some(Number::ONE.share(value, total)?);
            }
        }
        // A stable sort: the order of tickers stays among equals.
        self.holdings
            .sort_by_key(|holding| std::cmp::Reverse(holding.value));
        Ok(())
    }

    /// Whether there is something whose price nobody knows: it is not in the totals.
    #[must_use]
    pub fn has_unpriced(&self) -> bool {
        self.holdings.iter().any(|holding| holding.value.is_none())
    }
}

impl Quote {
    /// What a dollar costs.
    #[must_use]
    pub const fn dollar(at: Timestamp) -> Self {
        Self {
            price: Number::ONE,
            source: None,
            at,
        }
    }
}
