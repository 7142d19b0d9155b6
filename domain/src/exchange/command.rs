//! What can be asked of the exchange.

use super::{
    asset::{Asset, Pair},
    id::{OrderId, TransferId},
    money::{Amount, Price, Quantity},
    order::{NewOrder, Side},
    time::Timestamp,
};
use crate::UserId;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A command. What it does depends on nothing but the state, itself and the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// The market price of a pair's base asset in dollars: the house quotes around it, and orders are
    /// triggered by it.
    Tick {
        /// Which pair.
        pair: Pair,
        /// Dollars.
        price: Decimal,
    },
    /// Ends every order whose time is over.
    Expire,
    /// Places an order.
    Place {
        /// Whose.
        user: UserId,
        /// Which.
        order: NewOrder,
    },
    /// Places two orders of which only one is to trade.
    PlaceOco {
        /// Whose.
        user: UserId,
        /// Which two.
        oco: Oco,
    },
    /// Cancels an order, and the one it is linked with.
    Cancel {
        /// Whose.
        user: UserId,
        /// Which.
        order: OrderId,
    },
    /// Cancels all orders of a user.
    CancelAll {
        /// Whose.
        user: UserId,
        /// Only those of this pair.
        pair: Option<Pair>,
    },
    /// Credits paper money.
    Deposit {
        /// To whom.
        user: UserId,
        /// What.
        asset: Asset,
        /// How much.
        amount: Amount,
    },
    /// Asks for a withdrawal: the amount is held from then on.
    Withdraw {
        /// Whose.
        user: UserId,
        /// What.
        asset: Asset,
        /// How much.
        amount: Amount,
        /// Where to.
        destination: String,
        /// Whether somebody has to agree first.
        needs_approval: bool,
    },
    /// Lets a withdrawal go on.
    Approve {
        /// Which.
        withdrawal: TransferId,
    },
    /// Ends a withdrawal before it was sent; what was held is free again.
    Withhold {
        /// Which.
        withdrawal: TransferId,
        /// Only if it is this user's.
        by_owner: Option<UserId>,
    },
    /// Notes that a withdrawal has been sent.
    Send {
        /// Which.
        withdrawal: TransferId,
        /// Its id outside.
        reference: String,
    },
    /// Closes a user's account: open orders are cancelled, withdrawals that were not sent are taken
    /// back, and nothing more can be placed, deposited or withdrawn.
    CloseAccount {
        /// Whose.
        user: UserId,
    },
}

/// Two linked orders of one side and quantity: one at a price that is better than the market's, one
/// that waits for a worse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oco {
    /// Where.
    pub pair: Pair,
    /// Which way.
    pub side: Side,
    /// How much, either way.
    pub quantity: Quantity,
    /// The price of the limit order.
    pub price: Price,
    /// The price that the stop order waits for.
    pub stop: Price,
    /// The worst price of the stop order once it is triggered; a market order without one.
    pub stop_limit: Option<Price>,
    /// Until when both wait.
    pub until: Option<Timestamp>,
}
