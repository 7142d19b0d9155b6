//! What a sale would take and make, before it is placed.

use super::{
    book::Book,
    entry::{Entry, Place},
    fixed::{Money, Quantity, TooLarge},
    lots::{Method, Part},
};
use crate::exchange::Asset;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A sale under one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Which.
    pub method: Method,
    /// The lots it would take, in that order.
    pub parts: Vec<Part>,
    /// What those cost.
    pub cost: Money,
    /// What it would make; below zero a loss.
    pub realised: Money,
}

/// What selling `quantity` at a place for `proceeds` (less fees) would take and make under each
/// method. Nothing when there is less than that.
///
/// # Errors
/// [`TooLarge`].
pub fn outlooks(
    entries: &[Entry],
    place: Place,
    asset: Asset,
    quantity: Quantity,
    proceeds: Money,
) -> Result<Vec<Outlook>, TooLarge> {
    let mut outlooks = Vec::with_capacity(Method::ALL.len());
    for method in Method::ALL {
        let book = Book::new(entries, method)?;
        let (parts, missing) = book.would_take(place, asset, quantity)?;
        if !missing.is_zero() {
            return Ok(Vec::new());
        }
        let cost = Money::sum(parts.iter().map(|part| part.lot.cost))?;
        outlooks.push(Outlook {
            method,
            parts,
            cost,
            realised: proceeds.minus(cost)?,
        });
    }
    Ok(outlooks)
}

/// Lots that are told of a sale.
const MOST_TAKEN: usize = 200;

/// What a sale would take and make under one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaleView {
    /// Which.
    pub method: Method,
    /// What the lots it would take cost, fees included, in US dollars.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "10000"))]
    pub cost: Money,
    /// What it would make after the fee; below zero a loss.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "32105.68"))]
    pub realised: Money,
    /// How many lots it would take.
    pub count: usize,
    /// Those, in that order, at most 200.
    pub taken: Vec<TakenView>,
}

/// What would be taken of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakenView {
    /// When the lot was acquired; under the average method when the first of it was.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// How much is taken.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0.5"))]
    pub quantity: Quantity,
    /// What that cost.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "10000"))]
    pub cost: Money,
}

impl SaleView {
    /// What was foreseen of a sale.
    #[must_use]
    pub fn new(outlook: &Outlook) -> Self {
        let taken = outlook.parts.iter().take(MOST_TAKEN).map(|part| TakenView {
            at: part.lot.at.into(),
            quantity: part.lot.quantity,
            cost: part.lot.cost,
        });
        Self {
            method: outlook.method,
            cost: outlook.cost,
            realised: outlook.realised,
            count: outlook.parts.len(),
            taken: taken.collect(),
        }
    }
}
