//! What a sale would take and make, before it is placed.

use super::{
    book::Book,
    entry::{Entry, Place},
    fixed::{Money, Quantity, TooLarge},
    lots::{Method, Part},
};
use crate::exchange::Asset;

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
