//! What a portfolio is worth, again and again.

use super::{PortfolioError, Portfolios, compute};
use domain::{
    UserId,
    exchange::Asset,
    portfolio::{Book, Method, Quantity, Quote},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// How much there is of each asset.
pub(crate) type Quantities = BTreeMap<Asset, Quantity>;

impl Portfolios {
    /// How much somebody has of each asset. For what is done on their behalf: nobody is asked who they are.
    pub(crate) async fn quantities(&self, user: UserId) -> Result<Quantities, PortfolioError> {
        let history = self.history(user).await?;
        compute(move || {
            let book = Book::new(history.known.all(), Method::default())?;
            let positions = book.positions()?.into_iter();
            Ok(positions
                .map(|(asset, (quantity, _))| (asset, quantity))
                .collect())
        })
        .await
    }
}

/// What that is worth at these prices; what has none is left out, as in the overview. `None` when it is too
/// much for a number.
pub(crate) fn worth(quantities: &Quantities, quotes: &BTreeMap<Asset, Quote>) -> Option<Decimal> {
    let mut worth = Decimal::ZERO;
    for (asset, quantity) in quantities {
        let price = match quotes.get(asset) {
            _ if *asset == Asset::USD => Decimal::ONE,
            Some(quote) => quote.price.to_decimal(),
            None => continue,
        };
        worth = worth.checked_add(quantity.to_decimal().checked_mul(price)?)?;
    }
    Some(worth)
}
