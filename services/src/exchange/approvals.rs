//! Large withdrawals wait for an administrator.

use super::{Exchange, ExchangeError, command::Done, withdrawals::withdrawal};
use crate::{
    auth::{AuthError, Identity, Visitor, audit::Act},
    store::Page,
};
use domain::{
    api::{ApiError, ErrorCode},
    exchange::{Command, id::TransferId},
    trading::{UsersWithdrawal, Withdrawal, WithdrawalStatus},
};

/// What an administrator makes of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is sent.
    Approve,
    /// It is not, and what was held is free again.
    Reject,
}

impl Exchange {
    /// Everybody's withdrawals that stand at `status`, the newest first. For administrators.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for others.
    pub async fn withdrawals_at(
        &self,
        identity: &Identity,
        status: WithdrawalStatus,
        page: Page,
    ) -> Result<Vec<UsersWithdrawal>, ExchangeError> {
        identity.admin_only()?;
        let found = self.store.trading.withdrawals_at(status, page).await?;
        let shown = found.into_iter().map(|owned| UsersWithdrawal {
            user_id: owned.user,
            withdrawal: owned.value,
        });
        Ok(shown.collect())
    }

    /// Approves or rejects a withdrawal that waits. For administrators with a fresh proof, and not for
    /// their own.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`], [`AuthError::StepUpRequired`]; [`ExchangeError::Refused`] with
    /// `not_found` when there is no such withdrawal under way.
    pub async fn decide_withdrawal(
        &self,
        identity: &Identity,
        id: TransferId,
        decision: Decision,
        visitor: &Visitor,
    ) -> Result<Withdrawal, ExchangeError> {
        identity.admin_only()?;
        self.auth.require_fresh(identity).await?;
        let found = self.store.trading.any_withdrawal(id).await?;
        if found.as_ref().is_some_and(|one| one.user == identity.id()) {
            let why = "Another administrator has to decide about your own withdrawal.";
            return Err(AuthError::Forbidden(why).into());
        }
        let (action, command) = match decision {
            Decision::Approve => ("withdrawal_approved", Command::Approve { withdrawal: id }),
            Decision::Reject => {
                let (withdrawal, by_owner) = (id, None);
                let command = Command::Withhold {
                    withdrawal,
                    by_owner,
                };
                ("withdrawal_rejected", command)
            }
        };
        let act = Act {
            actor: Some(identity.id()),
            action,
            subject: Some(format!("withdrawal {id}")),
            // What is not there is refused later on.
            detail: found.map_or_else(String::new, |one| {
                let Withdrawal {
                    amount,
                    asset,
                    destination,
                    ..
                } = one.value;
                format!("{amount} {asset} of user {} to {destination}", one.user)
            }),
        };
        let audit = self.auth.audit();
        audit.record(act.clone(), Some(visitor)).await?;
        let decided = match self.carry_out(identity, None, command).await {
            // Nothing has happened: another one was first.
            Ok(Done::Orders(none)) if none.is_empty() => Err(ExchangeError::Refused(already())),
            Ok(done) => withdrawal(done),
            Err(error) => Err(error),
        };
        if let Err(error) = &decided {
            let action = "withdrawal_decision_failed";
            let failed = Act { action, ..act }.with(error.to_string());
            audit.record(failed, Some(visitor)).await?;
        }
        decided
    }
}

fn already() -> ApiError {
    let detail = "This withdrawal is approved already, and is being sent.";
    ApiError::new(ErrorCode::Conflict, detail)
}
