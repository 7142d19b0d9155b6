//! Placing and cancelling orders, and what can be known before.

use super::{
    Exchange, ExchangeError, RequestKey,
    ask::{require, unexpected},
    command::{Done, Question},
};
use crate::auth::Identity;
use domain::{
    account::Scope,
    exchange::{Command, Pair, id::OrderId, rules::Rules},
    trading::{Book, Order, PlaceOco, PlaceOrder, Preview},
};

/// Prices on each side of a book at most.
const MOST_LEVELS: usize = 200;

impl Exchange {
    fn rules(&self, pair: Pair) -> Result<Rules, ExchangeError> {
        let rules = self.pairs.rules(pair);
        rules.ok_or_else(|| ExchangeError::field("pair", format!("{pair} is not traded here")))
    }

    /// Places an order. With a key, or a name of its own, it is placed once however often it is sent.
    ///
    /// # Errors
    /// [`ExchangeError`]: nothing was placed, except where it says that this can't be confirmed.
    pub async fn place(
        &self,
        identity: &Identity,
        request: &PlaceOrder,
        key: Option<RequestKey>,
    ) -> Result<Order, ExchangeError> {
        require(identity, Scope::Trade)?;
        let rules = self.rules(request.pair)?;
        let order = request.order(rules).map_err(ExchangeError::Invalid)?;
        let user = identity.id();
        let key = key.or_else(|| request.client_order_id.map(RequestKey::of_order));
        let command = Command::Place { user, order };
        first(self.carry_out(identity, key, command).await?)
    }

    /// Places two linked orders: the limit order first.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub async fn place_oco(
        &self,
        identity: &Identity,
        request: &PlaceOco,
        key: Option<RequestKey>,
    ) -> Result<Vec<Order>, ExchangeError> {
        require(identity, Scope::Trade)?;
        let rules = self.rules(request.pair)?;
        let oco = request.oco(rules).map_err(ExchangeError::Invalid)?;
        let user = identity.id();
        let command = Command::PlaceOco { user, oco };
        orders(self.carry_out(identity, key, command).await?)
    }

    /// Cancels an order and the one it is linked with; both are given.
    ///
    /// # Errors
    /// [`ExchangeError::Refused`] with `not_found` when there is no such open order.
    pub async fn cancel(
        &self,
        identity: &Identity,
        order: OrderId,
    ) -> Result<Vec<Order>, ExchangeError> {
        require(identity, Scope::Trade)?;
        let user = identity.id();
        let command = Command::Cancel { user, order };
        orders(self.carry_out(identity, None, command).await?)
    }

    /// Cancels all open orders, of a pair or of all; they are given.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn cancel_all(
        &self,
        identity: &Identity,
        pair: Option<Pair>,
    ) -> Result<Vec<Order>, ExchangeError> {
        require(identity, Scope::Trade)?;
        let user = identity.id();
        let command = Command::CancelAll { user, pair };
        orders(self.carry_out(identity, None, command).await?)
    }

    /// What an order would do now. Nothing moves.
    ///
    /// # Errors
    /// As for [`Self::place`], except that more may be needed than is available.
    pub async fn preview(
        &self,
        identity: &Identity,
        request: &PlaceOrder,
    ) -> Result<Preview, ExchangeError> {
        require(identity, Scope::Read)?;
        let rules = self.rules(request.pair)?;
        let order = request.order(rules).map_err(ExchangeError::Invalid)?;
        let user = identity.id();
        match self.look(Question::Preview { user, order }).await? {
            Done::Preview(preview) => Ok(preview),
            other => Err(unexpected(&other)),
        }
    }

    /// What a pair has to offer, at most 200 prices on each side.
    ///
    /// # Errors
    /// [`ExchangeError::NotFound`] for a pair that is not traded.
    pub async fn book(&self, pair: Pair, levels: usize) -> Result<Book, ExchangeError> {
        if self.pairs.rules(pair).is_none() {
            return Err(ExchangeError::NotFound("pair"));
        }
        let levels = levels.clamp(1, MOST_LEVELS);
        match self.look(Question::Book { pair, levels }).await? {
            Done::Book(book) => Ok(book),
            other => Err(unexpected(&other)),
        }
    }
}

fn orders(done: Done) -> Result<Vec<Order>, ExchangeError> {
    match done {
        Done::Orders(orders) => Ok(orders),
        other => Err(unexpected(&other)),
    }
}

fn first(done: Done) -> Result<Order, ExchangeError> {
    match done {
        Done::Orders(orders) if !orders.is_empty() => orders
            .into_iter()
            .next()
            .ok_or(ExchangeError::NotFound("order")),
        other => Err(unexpected(&other)),
    }
}
