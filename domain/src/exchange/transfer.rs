//! Money that comes and goes.

use super::{
    asset::{Asset, Pair},
    event::{Event, Withdrawal},
    id::TransferId,
    machine::{Exchange, Run},
    money::Amount,
    rejection::Rejection,
    time::Timestamp,
};
use crate::UserId;

impl Exchange {
    /// Decimal places of an asset's amounts.
    ///
    /// # Errors
    /// [`Rejection::UnknownAsset`].
    pub fn scale(&self, asset: Asset) -> Result<u32, Rejection> {
        let scale = self.settings.scale(asset);
        scale.ok_or(Rejection::UnknownAsset(asset))
    }

    /// What an amount is worth at the last price, in units of US dollars.
    ///
    /// # Errors
    /// [`Rejection::UnknownAsset`], [`Rejection::PriceStale`], [`Rejection::Overflow`].
    pub fn worth(&self, asset: Asset, amount: Amount, now: Timestamp) -> Result<Amount, Rejection> {
        self.scale(asset)?;
        let Ok(pair) = Pair::of(asset) else {
            return Ok(amount);
        };
        let last = self.fresh(self.market(pair)?, now)?;
        let worth = amount.units().checked_mul(i128::from(last.price.get()));
        worth.map(Amount::new).ok_or(super::money::Overflow.into())
    }

    /// What a user may still deposit on the day of `now`, in units of US dollars.
    #[must_use]
    pub fn deposits_left(&self, user: UserId, now: Timestamp) -> Amount {
        let today = self.state.deposits.get(&user);
        let today = today.filter(|(day, _)| *day == now.day());
        let total = today.map_or(Amount::ZERO, |(_, total)| *total);
        let left = self.settings.daily_deposits.units() - total.units();
        Amount::new(left.max(0))
    }
}

impl Run<'_> {
    pub(super) fn deposit(
        &mut self,
        user: UserId,
        asset: Asset,
        amount: Amount,
    ) -> Result<(), Rejection> {
        self.require_open(user)?;
        check_positive(amount)?;
        let worth = self.exchange.worth(asset, amount, self.now)?;
        let left = self.exchange.deposits_left(user, self.now);
        if worth > left {
            return Err(Rejection::DailyLimit { left });
        }
        let id = TransferId::at(self.now, self.next());
        self.emit(Event::Deposited {
            id,
            user,
            asset,
            amount,
            worth,
        })
    }

    pub(super) fn withdraw(
        &mut self,
        user: UserId,
        asset: Asset,
        amount: Amount,
        destination: String,
        needs_approval: bool,
    ) -> Result<(), Rejection> {
        self.require_open(user)?;
        check_positive(amount)?;
        self.exchange.scale(asset)?;
        self.check_funds(user, asset, amount)?;
        self.emit(Event::WithdrawalRequested(Withdrawal {
            id: TransferId::at(self.now, self.next()),
            user,
            asset,
            amount,
            destination,
            approved: !needs_approval,
        }))
    }

    pub(super) fn approve(&mut self, withdrawal: TransferId) -> Result<(), Rejection> {
        if self.under_way(withdrawal)?.approved {
            return Ok(());
        }
        self.emit(Event::WithdrawalApproved { withdrawal })
    }

    pub(super) fn withhold(
        &mut self,
        withdrawal: TransferId,
        by_owner: Option<UserId>,
    ) -> Result<(), Rejection> {
        let withdrawal = self.under_way(withdrawal)?;
        if by_owner.is_some_and(|user| user != withdrawal.user) {
            return Err(Rejection::UnknownWithdrawal);
        }
        self.emit(Event::WithdrawalWithheld {
            withdrawal,
            by_owner: by_owner.is_some(),
        })
    }

    pub(super) fn send(
        &mut self,
        withdrawal: TransferId,
        reference: String,
    ) -> Result<(), Rejection> {
        let withdrawal = self.under_way(withdrawal)?;
        if !withdrawal.approved {
            return Err(Rejection::NotApproved);
        }
        self.emit(Event::WithdrawalSent {
            withdrawal,
            reference,
        })
    }

    fn under_way(&self, withdrawal: TransferId) -> Result<Withdrawal, Rejection> {
        let found = self.exchange.state.withdrawals.get(&withdrawal);
        found.cloned().ok_or(Rejection::UnknownWithdrawal)
    }
}

fn check_positive(amount: Amount) -> Result<(), Rejection> {
    if amount <= Amount::ZERO {
        return Err(Rejection::NotPositive);
    }
    Ok(())
}
