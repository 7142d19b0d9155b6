//! What a pair has to offer, to everybody.

use super::digits::Digits;
use crate::{
    CoinId,
    exchange::{
        Asset, Pair,
        id::TradeId,
        order::Side,
        rules::{MIN_NOTIONAL, Rules, USD_SCALE},
    },
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A pair and its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairInfo {
    /// Its name.
    pub pair: Pair,
    /// What is bought and sold.
    pub base: Asset,
    /// What it is paid with.
    pub quote: Asset,
    /// The base asset's coin.
    pub coin_id: CoinId,
    /// The smallest step of a price.
    pub tick_size: Digits,
    /// The smallest step of a quantity.
    pub lot_size: Digits,
    /// What an order must be worth at least, in US dollars.
    pub min_notional: Digits,
}

impl PairInfo {
    /// A pair by its rules.
    #[must_use]
    pub fn new(pair: Pair, coin_id: CoinId, rules: Rules) -> Self {
        Self {
            pair,
            base: pair.base(),
            quote: pair.quote(),
            coin_id,
            tick_size: rules.tick_size().into(),
            lot_size: rules.lot_size().into(),
            min_notional: MIN_NOTIONAL
                .to_decimal(USD_SCALE)
                .unwrap_or_default()
                .into(),
        }
    }
}

/// A price, and how much there is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Level(pub [Digits; 2]);

/// What can be traded right now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Book {
    /// What somebody would buy, the highest price first.
    pub bids: Vec<Level>,
    /// What somebody would sell, the lowest price first.
    pub asks: Vec<Level>,
    /// The last entry of the journal it includes.
    pub sequence: u64,
}

/// A trade, without saying whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarketTrade {
    /// Its id.
    pub id: TradeId,
    /// At which price.
    pub price: Digits,
    /// How much.
    pub quantity: Digits,
    /// Whether the one who came to the book bought or sold.
    pub side: Side,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
}
