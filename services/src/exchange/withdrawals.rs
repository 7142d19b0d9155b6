//! Money that leaves: only to an address of the allow-list that counts, and only for somebody who has
//! just shown who they are, or a key that may.

use super::{
    Exchange, ExchangeError, RequestKey,
    ask::{require, unexpected},
    command::Done,
};
use crate::{
    auth::{Identity, Visitor, audit::Act},
    store::Page,
};
use domain::{
    AddressId,
    account::Scope,
    exchange::{Asset, Command, id::TransferId},
    trading::{Digits, Withdrawal},
    wallet::{Network, WithdrawalAddress},
};
use rust_decimal::Decimal;

/// What needs an administrator's approval: more than 10,000 US dollars at the last price.
const APPROVAL_ABOVE: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// What is to be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdraw {
    /// What.
    pub asset: Asset,
    /// How much.
    pub amount: Digits,
    /// Where to.
    pub address: AddressId,
}

impl Exchange {
    /// Asks for a withdrawal; the amount is held from then on. People need a fresh proof of who is
    /// there, keys the scope `withdraw`. More than 10,000 dollars' worth, or what has no price, waits
    /// for an approval.
    ///
    /// # Errors
    /// [`ExchangeError::Auth`] without a fresh proof, [`ExchangeError::Invalid`] for an address that
    /// does not count, or not for this asset; [`ExchangeError::Refused`] when there is not enough.
    pub async fn withdraw(
        &self,
        identity: &Identity,
        what: Withdraw,
        key: Option<RequestKey>,
        visitor: &Visitor,
    ) -> Result<Withdrawal, ExchangeError> {
        require(identity, Scope::Withdraw)?;
        let amount = self.amount(what.asset, what.amount)?;
        let address = self.usable(identity, &what).await?;
        if identity.access().is_some() {
            self.auth.require_fresh(identity).await?;
        }
        // Before it is done: what is not written down is not done either.
        let detail = format!(
            "{} {} to {} {address}",
            what.amount,
            what.asset,
            address.network()
        );
        self.write_down(identity, "withdrawal_requested", detail, visitor)
            .await?;
        let command = Command::Withdraw {
            user: identity.id(),
            asset: what.asset,
            amount,
            destination: format!("{}:{address}", address.network()),
            needs_approval: self.needs_approval(&what),
        };
        withdrawal(self.carry_out(identity, key, command).await?)
    }

    /// The address, if money may go there now.
    async fn usable(
        &self,
        identity: &Identity,
        what: &Withdraw,
    ) -> Result<WithdrawalAddress, ExchangeError> {
        let refuse = |why: &str| ExchangeError::field("address_id", why);
        let found = self
            .store
            .addresses
            .get(identity.id(), what.address)
            .await?;
        let found = found.ok_or_else(|| refuse("is not on your allow-list"))?;
        if !found.standing.enabled {
            return Err(refuse("is disabled"));
        }
        if !found.standing.is_usable(self.clock.now()) {
            return Err(refuse("waits 24 hours before money can go there"));
        }
        match Network::of(what.asset) {
            None => {
                let message = format!("{} can't be withdrawn: it is on no network", what.asset);
                Err(ExchangeError::field("asset", message))
            }
            Some(network) if network != found.address.network() => {
                let message = format!("{} goes out on {}", what.asset, network.title());
                Err(ExchangeError::field("address_id", message))
            }
            Some(_) => Ok(found.address),
        }
    }

    fn needs_approval(&self, what: &Withdraw) -> bool {
        let coin = self.pairs.coin(what.asset);
        let price = coin.and_then(|coin| self.market.price(coin));
        let worth = price.and_then(|tick| tick.price.get().checked_mul(what.amount.get()));
        worth.is_none_or(|worth| worth > APPROVAL_ABOVE)
    }

    /// Takes a withdrawal back that was not sent yet.
    ///
    /// # Errors
    /// [`ExchangeError::Refused`] with `not_found` when there is no such withdrawal under way.
    pub async fn cancel_withdrawal(
        &self,
        identity: &Identity,
        id: TransferId,
        visitor: &Visitor,
    ) -> Result<Withdrawal, ExchangeError> {
        require(identity, Scope::Withdraw)?;
        let detail = format!("withdrawal {id}");
        self.write_down(identity, "withdrawal_cancelled", detail, visitor)
            .await?;
        let command = Command::Withhold {
            withdrawal: id,
            by_owner: Some(identity.id()),
        };
        withdrawal(self.carry_out(identity, None, command).await?)
    }

    /// One's withdrawals, the newest first.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn withdrawals(
        &self,
        identity: &Identity,
        page: Page,
    ) -> Result<Vec<Withdrawal>, ExchangeError> {
        require(identity, Scope::Read)?;
        Ok(self.store.trading.withdrawals(identity.id(), page).await?)
    }

    async fn write_down(
        &self,
        identity: &Identity,
        action: &'static str,
        detail: String,
        visitor: &Visitor,
    ) -> Result<(), ExchangeError> {
        let act = Act::own(identity.id(), action).with(detail);
        Ok(self.auth.audit().record(act, Some(visitor)).await?)
    }
}

pub(super) fn withdrawal(done: Done) -> Result<Withdrawal, ExchangeError> {
    match done {
        Done::Withdrawal(withdrawal) => Ok(withdrawal),
        other => Err(unexpected(&other)),
    }
}
