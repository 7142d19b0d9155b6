//! Ending orders.

use super::{
    asset::Pair,
    id::OrderId,
    machine::Run,
    order::{Live, Outcome, Reason},
    rejection::Rejection,
};
use crate::UserId;

impl Run<'_> {
    pub(super) fn cancel(&mut self, user: UserId, id: OrderId) -> Result<(), Rejection> {
        let own = self.live(id).is_some_and(|order| order.user() == user);
        if !own {
            return Err(Rejection::UnknownOrder);
        }
        self.close(id, Outcome::Cancelled(Reason::Requested))
    }

    pub(super) fn cancel_all(&mut self, user: UserId, pair: Option<Pair>) -> Result<(), Rejection> {
        let own = self.exchange.state.by_user.get(&user);
        let own: Vec<OrderId> = own.into_iter().flatten().copied().collect();
        let is_meant = |order: &Live| pair.is_none_or(|pair| order.asked().pair == pair);
        for id in own {
            if self.live(id).is_some_and(is_meant) {
                self.close(id, Outcome::Cancelled(Reason::Requested))?;
            }
        }
        Ok(())
    }

    pub(super) fn expire(&mut self) -> Result<(), Rejection> {
        while let Some(&(until, id)) = self.exchange.state.ends.first() {
            if until > self.now {
                break;
            }
            self.close(id, Outcome::Expired)?;
        }
        Ok(())
    }
}
