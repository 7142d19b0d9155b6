//! The end of an account: nothing of it stays open, and nothing new is let in.

use super::{event::Event, id::TransferId, machine::Run, rejection::Rejection};
use crate::UserId;

impl Run<'_> {
    /// It is no mistake if the account is closed already.
    pub(super) fn close_account(&mut self, user: UserId) -> Result<(), Rejection> {
        if self.require_open(user).is_err() {
            return Ok(());
        }
        self.cancel_all(user, None)?;
        let withdrawals = self.exchange.state.withdrawals.values();
        let own = withdrawals.filter(|asked| asked.user == user);
        let own: Vec<TransferId> = own.map(|asked| asked.id).collect();
        for withdrawal in own {
            self.withhold(withdrawal, Some(user))?;
        }
        self.emit(Event::AccountClosed { user })
    }

    /// Refuses what a closed account would begin.
    pub(super) fn require_open(&self, user: UserId) -> Result<(), Rejection> {
        if self.exchange.state.closed.contains(&user) {
            return Err(Rejection::AccountClosed);
        }
        Ok(())
    }
}
