//! What a portfolio is made of: everything that came, went, moved or was exchanged.

use super::fixed::{Money, NotFixed, Number, Quantity, TooLarge};
use crate::exchange::{Asset, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use uuid::Uuid;

/// Where assets are kept. Lots belong to a place: what is sold at one is not taken from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The exchange of this desk.
    Exchange,
    /// The owner's own addresses: where withdrawals go.
    Wallet,
    /// Wherever holdings are that were entered by hand.
    Elsewhere,
    /// Binance.
    Binance,
    /// Coinbase.
    Coinbase,
    /// Kraken.
    Kraken,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Exchange,
        Self::Wallet,
        Self::Elsewhere,
        Self::Binance,
        Self::Coinbase,
        Self::Kraken,
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exchange => "CryptoVault",
            Self::Wallet => "own wallet",
            Self::Elsewhere => "elsewhere",
            Self::Binance => "Binance",
            Self::Coinbase => "Coinbase",
            Self::Kraken => "Kraken",
        }
    }
}

/// So much of an asset. Of US dollars there are ten decimal places, as of [`Money`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// What.
    pub asset: Asset,
    /// How much; above zero.
    pub quantity: Quantity,
}

/// What was paid for being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// In which asset, and how much.
    pub leg: Leg,
    /// What it was worth at that moment, in US dollars.
    pub worth: Money,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// One asset was given for another: a purchase when US dollars are given, a sale when they are
    /// received.
    Trade {
        /// What was given, without the fee.
        given: Leg,
        /// What was received, without the fee.
        received: Leg,
        /// What either was worth, in US dollars.
        worth: Money,
        /// The fee.
        fee: Option<Fee>,
    },
    /// It came from outside.
    Deposit {
        /// What came.
        leg: Leg,
        /// What it was worth.
        worth: Money,
    },
    /// It left for good.
    Withdrawal {
        /// What left.
        leg: Leg,
        /// What it was worth.
        worth: Money,
    },
    /// It went from one of the owner's places to another.
    Transfer {
        /// What was moved.
        leg: Leg,
        /// What it was worth; counts only where it is not known how it came there.
        worth: Money,
        /// Where to.
        to: Place,
    },
}

/// One entry of a portfolio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id: that of the fill, the transfer, the holding or the imported row.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Its place among those of the same moment: the journal's sequence, the line of the file.
    pub rank: u64,
    /// Where.
    pub place: Place,
    /// What.
    pub act: Act,
}

/// The largest quantity of an entry: 10¹⁵. A hundred thousand of them fit into a [`Quantity`].
pub const MOST: Quantity = Quantity::new(10_i128.pow(18 + 15));

/// The largest worth of an entry: 10¹³ dollars. A million of them fit into a [`Number`] too.
pub const MOST_WORTH: Money = Money::new(10_i128.pow(10 + 13));

/// What one of an asset may cost at most: ten million dollars. A hundred thousand entries of the largest
/// quantity are worth 10²⁷ dollars then, of which sums and differences fit into a [`Money`]; whatever is
/// dearer says nothing about any coin there is.
pub const DEAREST: Number = Number::new(10_i128.pow(18 + 7));

/// Why something can be no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEntry {
    /// Nothing or less.
    #[error("must be above zero")]
    NotPositive,
    /// More than [`MOST`], [`MOST_WORTH`] or [`DEAREST`] for one.
    #[error(
        "is too large to be worked with: at most 1,000,000,000,000,000 of an asset, worth \
         10,000,000,000,000 US dollars, and 10,000,000 dollars for one"
    )]
    TooLarge,
    /// Of US dollars there are ten decimal places.
    #[error(transparent)]
    Inexact(#[from] NotFixed),
    /// An asset is exchanged for itself.
    #[error("must be two different assets")]
    SameAsset,
    /// Dollars are worth what they are.
    #[error("is in dollars, and is not worth that much")]
    Worth,
}

impl Leg {
    /// So much of an asset.
    #[must_use]
    pub const fn new(asset: Asset, quantity: Quantity) -> Self {
        Self { asset, quantity }
    }

    /// US dollars.
    ///
    /// # Errors
    /// [`TooLarge`] from 10²⁰ dollars on.
    pub fn dollars(amount: Money) -> Result<Self, TooLarge> {
        Ok(Self::new(Asset::USD, amount.with_places()?))
    }

    /// Whether it is money, whose cost is its worth.
    #[must_use]
    pub fn is_dollars(&self) -> bool {
        self.asset == Asset::USD
    }

    fn check(&self, worth: Money) -> Result<(), InvalidEntry> {
        if self.quantity <= Quantity::ZERO {
            return Err(InvalidEntry::NotPositive);
        }
        let dearest = self.quantity.times(DEAREST).unwrap_or(MOST_WORTH);
        if self.quantity > MOST || worth > MOST_WORTH || worth > dearest {
            return Err(InvalidEntry::TooLarge);
        }
        if self.is_dollars() && Self::dollars(worth).ok() != Some(*self) {
            return Err(InvalidEntry::Worth);
        }
        Ok(())
    }
}

impl Act {
    /// Whether it is one that can be kept: everything is above zero, dollars are worth what they are.
    ///
    /// # Errors
    /// [`InvalidEntry`].
    pub fn check(&self) -> Result<(), InvalidEntry> {
        match self {
            Self::Trade {
                given,
                received,
                worth,
                fee,
            } => {
                if given.asset == received.asset {
                    return Err(InvalidEntry::SameAsset);
                }
                given.check(*worth)?;
                received.check(*worth)?;
                let fee_left = fee.map(|fee| {
                    fee.leg.check(fee.worth)?;
                    let from = [given, received]
                        .into_iter()
                        .find(|leg| leg.asset == fee.leg.asset);
                    // A fee out of what was received leaves something of it.
                    match from {
                        Some(leg) if leg == received && leg.quantity <= fee.leg.quantity => {
                            Err(InvalidEntry::NotPositive)
                        }
                        _ => Ok(()),
                    }
                });
                worth_of(*worth).and(fee_left.unwrap_or(Ok(())))
            }
            Self::Deposit { leg, worth }
            | Self::Withdrawal { leg, worth }
            | Self::Transfer { leg, worth, .. } => leg.check(*worth).and(worth_of(*worth)),
        }
    }
}

fn worth_of(worth: Money) -> Result<(), InvalidEntry> {
    if worth.is_negative() {
        return Err(InvalidEntry::NotPositive);
    }
    Ok(())
}

impl Entry {
    /// The assets it is about.
    pub fn assets(&self) -> impl Iterator<Item = Asset> + use<> {
        let legs = match self.act {
            Act::Trade {
                given,
                received,
                fee,
                ..
            } => [Some(given), Some(received), fee.map(|fee| fee.leg)],
            Act::Deposit { leg, .. } | Act::Withdrawal { leg, .. } | Act::Transfer { leg, .. } => {
                [Some(leg), None, None]
            }
        };
        legs.into_iter().flatten().map(|leg| leg.asset)
    }
}

/// In the order in which things happened: by time; within the same moment by rank, place after place.
#[must_use]
pub fn in_order(a: &Entry, b: &Entry) -> Ordering {
    let key = |entry: &Entry| (entry.at, entry.place, entry.rank, entry.id);
    key(a).cmp(&key(b))
}
