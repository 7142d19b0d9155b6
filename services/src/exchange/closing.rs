//! The end of an account: nothing of it goes on trading.

use super::{Exchange, ExchangeError};
use crate::{
    auth::{Identity, Visitor},
    store::Page,
};
use domain::{account::DeleteMe, api::ErrorCode, exchange::Command};

/// Withdrawals that are looked at together.
const PAGE: u32 = 100;

impl Exchange {
    /// Deletes the account of whoever asks, with its open orders cancelled and its withdrawals that were
    /// not sent taken back. What has happened stays in the ledger, under an id that is nobody's.
    ///
    /// # Errors
    /// As [`crate::auth::Auth::delete_me`]; [`ExchangeError`] when its orders can't be cancelled: the
    /// account stays then.
    pub async fn delete_account(
        &self,
        identity: &Identity,
        request: &DeleteMe,
        visitor: &Visitor,
    ) -> Result<(), ExchangeError> {
        self.auth.may_delete(identity, request).await?;
        self.close(identity).await?;
        self.auth.delete_me(identity, request, visitor).await?;
        // What was placed meanwhile.
        self.close(identity).await
    }

    async fn close(&self, identity: &Identity) -> Result<(), ExchangeError> {
        self.cancel_all(identity, None).await?;
        let user = identity.id();
        let mut before = None;
        loop {
            let page = Page {
                before,
                limit: PAGE,
            };
            let withdrawals = self.store.trading.withdrawals(user, page).await?;
            let Some(last) = withdrawals.last() else {
                return Ok(());
            };
            before = Some(last.id.uuid());
            for withdrawal in withdrawals.iter().filter(|one| one.status.is_under_way()) {
                let command = Command::Withhold {
                    withdrawal: withdrawal.id,
                    by_owner: Some(user),
                };
                match self.carry_out(identity, None, command).await {
                    // It was sent, or taken back, meanwhile.
                    Err(ExchangeError::Refused(error)) if error.code == ErrorCode::NotFound => {}
                    other => drop(other?),
                }
            }
        }
    }
}
