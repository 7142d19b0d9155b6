//! What can be asked for. Combinations without a meaning can't be written.

use super::client_id::ClientOrderId;
use crate::exchange::{
    asset::{Asset, Pair},
    money::{Amount, Price, Quantity, notional},
    rules::{MAX_NOTIONAL, MILLION, MIN_NOTIONAL},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Whether the base asset is bought or sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The base asset is bought.
    Buy,
    /// The base asset is sold.
    Sell,
}

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Of the base asset, in lots.
    Quantity(Quantity),
    /// Of US dollars, fee included: what a buyer pays in all at most, what a seller gets at most.
    Quote(Amount),
}

/// How an order trades once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// At once, at what the book has to offer.
    Market(Size),
    /// At a price or better.
    Limit {
        /// The worst price.
        price: Price,
        /// How much.
        quantity: Quantity,
        /// What becomes of what can't trade at once.
        style: Style,
    },
}

/// What becomes of the part of a limit order that can't trade at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// It waits in the book.
    Rest,
    /// It waits in the book, and is refused if any of it could trade at once.
    PostOnly,
    /// It is cancelled (IOC).
    ImmediateOrCancel,
    /// All trades at once, or nothing (FOK).
    FillOrKill,
}

/// When an order waits for a price first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// When the price has moved against the holder: up to it for buying, down to it for selling.
    Stop(Price),
    /// When the price has moved in favour: down to it for buying, up to it for selling.
    TakeProfit(Price),
    /// A stop that follows the price when it moves in favour, at a distance.
    Trailing(Trail),
}

/// The distance of a trailing stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trail {
    /// In ticks.
    Ticks(u64),
    /// In millionths of the price.
    PerMillion(u32),
}

/// An order as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Where.
    pub pair: Pair,
    /// Which way.
    pub side: Side,
    /// How.
    pub execution: Execution,
    /// When; at once without one.
    pub trigger: Option<Trigger>,
    /// Until when it waits; for ever without one (GTC).
    pub until: Option<Timestamp>,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientOrderId>,
}

/// Why an order makes no sense, by the field that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Below 1 dollar.
    #[error("an order must be worth at least 1 USD")]
    TooSmall,
    /// Beyond 10¹⁶ dollars.
    #[error("an order must be worth at most 10^16 USD")]
    TooLarge,
    /// It would be over before it began.
    #[error("must lie in the future")]
    AlreadyOver,
    /// What trades at once has no time to wait.
    #[error("an order that trades at once does not wait")]
    NothingToWaitFor,
    /// Nothing or everything.
    #[error("must be above 0 and below 100 %")]
    Trail,
    /// Selling for an amount of dollars at a later price: how much would have to be held?
    #[error("an order to sell that waits for a price needs a quantity")]
    QuoteSellWaits,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// Whether somebody of this side with the limit `limit` trades at `price`.
    #[must_use]
    pub fn accepts(self, limit: Price, price: Price) -> bool {
        match self {
            Self::Buy => price <= limit,
            Self::Sell => price >= limit,
        }
    }
}

impl NewOrder {
    /// Checks what does not depend on the market or on anybody's balance.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn check(&self, now: Timestamp) -> Result<(), Invalid> {
        self.check_size()?;
        let waits = self.trigger.is_some() || self.rests();
        match self.until {
            Some(until) if until <= now => return Err(Invalid::AlreadyOver),
            Some(_) if !waits => return Err(Invalid::NothingToWaitFor),
            _ => {}
        }
        match self.trigger {
            Some(Trigger::Trailing(Trail::Ticks(0))) => Err(Invalid::Trail),
            Some(Trigger::Trailing(Trail::PerMillion(part))) if part == 0 || part >= MILLION => {
                Err(Invalid::Trail)
            }
            _ => Ok(()),
        }
    }

    fn check_size(&self) -> Result<(), Invalid> {
        let worth = match (self.execution, self.trigger) {
            (
                Execution::Limit {
                    price, quantity, ..
                },
                _,
            ) => notional(price, quantity),
            (Execution::Market(Size::Quote(amount)), _) => amount,
            (
                Execution::Market(Size::Quantity(quantity)),
                Some(Trigger::Stop(price) | Trigger::TakeProfit(price)),
            ) => notional(price, quantity),
            // At a price that is not known yet.
            (Execution::Market(Size::Quantity(_)), _) => return Ok(()),
        };
        let sells_for_quote =
            self.side == Side::Sell && matches!(self.execution, Execution::Market(Size::Quote(_)));
        if sells_for_quote && self.trigger.is_some() {
            return Err(Invalid::QuoteSellWaits);
        }
        check_worth(worth)
    }

    /// What is held for it: what it is paid with, or what is sold.
    #[must_use]
    pub const fn held_asset(&self) -> Asset {
        match self.side {
            Side::Buy => self.pair.quote(),
            Side::Sell => self.pair.base(),
        }
    }

    /// Whether it is put into the book.
    #[must_use]
    pub const fn rests(&self) -> bool {
        matches!(
            self.execution,
            Execution::Limit {
                style: Style::Rest | Style::PostOnly,
                ..
            }
        )
    }

    /// The price it is put into the book at.
    #[must_use]
    pub const fn resting_price(&self) -> Option<Price> {
        match self.execution {
            Execution::Limit {
                price,
                style: Style::Rest | Style::PostOnly,
                ..
            } => Some(price),
            _ => None,
        }
    }
}

impl NewOrder {
    /// Whether it waits for a rising price (else for a falling one); `None` when it waits for none.
    #[must_use]
    pub const fn triggers_upwards(&self) -> Option<bool> {
        match (self.trigger, self.side) {
            (None, _) => None,
            (Some(Trigger::Stop(_) | Trigger::Trailing(_)), Side::Buy)
            | (Some(Trigger::TakeProfit(_)), Side::Sell) => Some(true),
            _ => Some(false),
        }
    }
}

impl Trail {
    /// Where a stop at this distance from a price is: above it for buying, below it for selling, and
    /// at least one tick away from zero.
    #[must_use]
    pub fn from(self, side: Side, price: Price) -> Price {
        let distance = match self {
            Self::Ticks(ticks) => ticks,
            Self::PerMillion(part) => share(price.get(), part).max(1),
        };
        let stop = match side {
            Side::Buy => price.get().saturating_add(distance).min(Price::MAX),
            Side::Sell => price.get().saturating_sub(distance).max(1),
        };
        Price::new(stop).unwrap_or(price)
    }
}

/// `parts` millionths of a number, rounded down.
#[must_use]
pub fn share(of: u64, parts: u32) -> u64 {
    // Several times as fast as with 128 bits, and mostly enough.
    if let Some(product) = of.checked_mul(parts.into()) {
        return product / u64::from(MILLION);
    }
    let product = u128::from(of) * u128::from(parts) / u128::from(MILLION);
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// Checks what an order is worth.
///
/// # Errors
/// [`Invalid::TooSmall`], [`Invalid::TooLarge`].
pub fn check_worth(worth: Amount) -> Result<(), Invalid> {
    if worth < MIN_NOTIONAL {
        Err(Invalid::TooSmall)
    } else if worth > MAX_NOTIONAL {
        Err(Invalid::TooLarge)
    } else {
        Ok(())
    }
}
