//! Money that comes and goes, and what there is.

use super::{
    Exchange, ExchangeError, RequestKey,
    ask::{require, unexpected},
    command::Done,
};
use crate::auth::Identity;
use domain::{
    UserId,
    account::Scope,
    exchange::{Asset, Command, Pair, money::Amount, rules::USD_SCALE},
    trading::{Balance, Digits, Transaction},
};
use rust_decimal::RoundingStrategy;

impl Exchange {
    /// One's balances, US dollars first, with what they are worth.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn balances(&self, identity: &Identity) -> Result<Vec<Balance>, ExchangeError> {
        require(identity, Scope::Read)?;
        self.balances_of(identity.id()).await
    }

    /// Anybody's balances, for whoever has asked whether they may be shown.
    pub(crate) async fn balances_of(&self, user: UserId) -> Result<Vec<Balance>, ExchangeError> {
        let mut balances = self.store.trading.balances(user).await?;
        balances.sort_by_key(|balance| (balance.asset != Asset::USD, balance.asset));
        for balance in &mut balances {
            balance.value_usd = self.value(balance);
        }
        Ok(balances)
    }

    pub(super) fn value(&self, balance: &Balance) -> Option<Digits> {
        let total = balance.total.get();
        if balance.asset == Asset::USD {
            return Some(
                total
                    .round_dp_with_strategy(2, RoundingStrategy::ToZero)
                    .into(),
            );
        }
        let price = self.market.price(self.pairs.coin(balance.asset)?)?;
        let value = total.checked_mul(price.price.get())?;
        Some(
            value
                .round_dp_with_strategy(2, RoundingStrategy::ToZero)
                .into(),
        )
    }

    /// Credits paper money, up to a daily limit.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] names the field.
    pub async fn deposit(
        &self,
        identity: &Identity,
        asset: Asset,
        amount: Digits,
        key: Option<RequestKey>,
    ) -> Result<Transaction, ExchangeError> {
        require(identity, Scope::Trade)?;
        let amount = self.amount(asset, amount)?;
        let command = Command::Deposit {
            user: identity.id(),
            asset,
            amount,
        };
        match self.carry_out(identity, key, command).await? {
            Done::Transaction(transaction) => Ok(transaction),
            other => Err(unexpected(&other)),
        }
    }

    /// An amount in units of its asset.
    pub(super) fn amount(&self, asset: Asset, amount: Digits) -> Result<Amount, ExchangeError> {
        let scale = match Pair::of(asset) {
            Err(_) => Some(USD_SCALE),
            Ok(pair) => self.pairs.rules(pair).map(|rules| rules.lot_scale()),
        };
        let message = format!("{asset} is not kept here");
        let scale = scale.ok_or_else(|| ExchangeError::field("asset", message))?;
        let amount = Amount::from_decimal(amount.get(), scale);
        amount.map_err(|error| ExchangeError::field("amount", error.to_string()))
    }
}
