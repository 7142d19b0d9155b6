//! An order's parts in trades.

use super::{digits::Digits, order::Touched};
use crate::{
    UserId,
    exchange::{
        Pair,
        event::Trade,
        id::{OrderId, TradeId},
        order::{Share, Side},
        rules::{Role, Rules, USD_SCALE},
    },
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What one order traded at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fill {
    /// The trade's id; the other side's fill has the same.
    pub id: TradeId,
    /// Which order.
    pub order_id: OrderId,
    /// Where.
    pub pair: Pair,
    /// Which way.
    pub side: Side,
    /// Whether the order was in the book or came to it.
    pub role: Role,
    /// At which price.
    pub price: Digits,
    /// How much of the base asset.
    pub quantity: Digits,
    /// What was paid or got for it in US dollars, without the fee.
    pub amount: Digits,
    /// The fee in US dollars.
    pub fee: Digits,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// The journal's entry.
    pub sequence: u64,
}

impl Fill {
    /// The users' parts in a trade; the house has none.
    #[must_use]
    pub fn of(trade: &Trade, rules: Rules, touched: Touched) -> Vec<(UserId, Self)> {
        let maker = trade
            .maker
            .map(|share| (Role::Maker, trade.taker_side.opposite(), share));
        let taker = trade
            .taker
            .map(|share| (Role::Taker, trade.taker_side, share));
        let fill = |(role, side, share): (Role, Side, Share)| {
            let dollars = |amount: crate::exchange::money::Amount| {
                amount.to_decimal(USD_SCALE).unwrap_or_default()
            };
            let fill = Self {
                id: trade.id,
                order_id: share.order,
                pair: trade.pair,
                side,
                role,
                price: trade.price.to_decimal(rules.tick_scale()).into(),
                quantity: trade.quantity.to_decimal(rules.lot_scale()).into(),
                amount: dollars(trade.notional()).into(),
                fee: dollars(share.fee).into(),
                at: touched.at.into(),
                sequence: touched.sequence,
            };
            (share.user, fill)
        };
        maker.into_iter().chain(taker).map(fill).collect()
    }
}
