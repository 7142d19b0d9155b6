//! The end of an account: nothing of it goes on trading.

use super::{Exchange, ExchangeError};
use crate::auth::{Identity, Visitor};
use domain::{account::DeleteMe, exchange::Command};

impl Exchange {
    /// Deletes the account of whoever asks, with its open orders cancelled and its withdrawals that were
    /// not sent taken back. What has happened stays in the ledger, under an id that is nobody's.
    ///
    /// # Errors
    /// As [`crate::auth::Auth::delete_me`].
    pub async fn delete_account(
        &self,
        identity: &Identity,
        request: &DeleteMe,
        visitor: &Visitor,
    ) -> Result<(), ExchangeError> {
        self.auth.delete_me(identity, request, visitor).await?;
        // It was noted in the same transaction: whoever writes the journal closes it in any case. Asked
        // for here as well, so that it has usually happened when this is answered.
        let user = identity.id();
        let command = Command::CloseAccount { user };
        if let Err(error) = self.carry_out(identity, None, command).await {
            tracing::warn!(%error, "a deleted account is still to be closed on the exchange");
        }
        Ok(())
    }
}
