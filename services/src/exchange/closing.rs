//! The end of an account: nothing of it goes on trading.

use super::{Exchange, ExchangeError};
use crate::{
    auth::{Identity, Visitor},
    store::Page,
};
use domain::{account::DeleteMe, api::ErrorCode, exchange::Command};
use std::time::Duration;

/// Withdrawals that are looked at together.
const PAGE: u32 = 100;
/// Longer than a request may take.
const PAUSE: Duration = Duration::from_secs(31);
const TRIES: u32 = 20;

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
        // What was placed meanwhile, by requests that were let in before. The account is gone: nobody is
        // left who could ask again, so this goes on by itself.
        tokio::spawn(self.clone().close_the_rest(identity.clone()));
        Ok(())
    }

    /// At once, and again when every request that was let in before has come to its end.
    async fn close_the_rest(self, identity: Identity) {
        let mut done = 0;
        for _ in 0..TRIES {
            match self.close(&identity).await {
                Ok(()) if done > 0 => return,
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::warn!(%error, "orders of a deleted account can't be cancelled yet");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::error!(user = %identity.id(), "orders of a deleted account may be left");
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
