//! Changing an account without losing somebody else's change.

use super::{AuthError, Parts};
use crate::store::{StoreError, UserRecord};
use domain::{SessionId, UserId};

/// How often somebody else may be first.
const MOST_TRIES: u32 = 16;

/// How a changed account is written back.
#[derive(Debug, Clone, Copy)]
enum Write {
    /// A change that raises the epoch ends every session but this one.
    Sparing(Option<SessionId>),
    /// Ends every session, unless the account is the last administrator's.
    Demoting,
}

impl Parts {
    /// Reads an account, changes it and stores it; again from the beginning when it was changed
    /// meanwhile. A change that raises the epoch ends every session.
    pub(super) async fn change<T>(
        &self,
        id: UserId,
        change: impl FnMut(&mut UserRecord) -> Result<T, AuthError> + Send,
    ) -> Result<(UserRecord, T), AuthError> {
        self.change_sparing(id, None, change).await
    }

    /// The same; a change that raises the epoch spares one session. It is taken over in the same
    /// write, so that none of its requests is refused meanwhile.
    pub(super) async fn change_sparing<T>(
        &self,
        id: UserId,
        spared: Option<SessionId>,
        change: impl FnMut(&mut UserRecord) -> Result<T, AuthError> + Send,
    ) -> Result<(UserRecord, T), AuthError> {
        let changed = self.try_change(id, Write::Sparing(spared), change).await?;
        // Nothing else is refused by what writes so.
        changed.ok_or_else(|| StoreError::Changed.into())
    }

    /// The same for a change that takes a role and ends every session; `None`, and nothing has changed,
    /// when it would have taken the last administrator's.
    pub(super) async fn demote(
        &self,
        id: UserId,
        change: impl FnMut(&mut UserRecord) -> Result<(), AuthError> + Send,
    ) -> Result<Option<UserRecord>, AuthError> {
        let changed = self.try_change(id, Write::Demoting, change).await?;
        Ok(changed.map(|(user, ())| user))
    }

    async fn try_change<T>(
        &self,
        id: UserId,
        write: Write,
        mut change: impl FnMut(&mut UserRecord) -> Result<T, AuthError> + Send,
    ) -> Result<Option<(UserRecord, T)>, AuthError> {
        for _ in 0..MOST_TRIES {
            let user = self.store.users.by_id(id).await?;
            let mut user = user.ok_or(AuthError::Unauthenticated)?;
            let epoch = user.session_epoch;
            let result = change(&mut user)?;
            let users = &self.store.users;
            let outcome = match write {
                Write::Demoting => users.demote(&user).await,
                Write::Sparing(_) if user.session_epoch == epoch => {
                    users.update(&user).await.map(|()| true)
                }
                Write::Sparing(spared) => {
                    let updated = users.update_ending_sessions(&user, spared).await;
                    updated.map(|()| true)
                }
            };
            match outcome {
                Ok(false) => return Ok(None),
                Ok(true) => {
                    user.revision += 1;
                    return Ok(Some((user, result)));
                }
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Changed.into())
    }
}
