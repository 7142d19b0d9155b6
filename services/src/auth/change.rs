//! Changing an account without losing somebody else's change.

use super::{AuthError, Parts};
use crate::store::{StoreError, UserRecord};
use domain::{SessionId, UserId};

/// How often somebody else may be first.
const MOST_TRIES: u32 = 16;

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
        mut change: impl FnMut(&mut UserRecord) -> Result<T, AuthError> + Send,
    ) -> Result<(UserRecord, T), AuthError> {
        for _ in 0..MOST_TRIES {
            let user = self.store.users.by_id(id).await?;
            let mut user = user.ok_or(AuthError::Unauthenticated)?;
            let epoch = user.session_epoch;
            let result = change(&mut user)?;
            let users = &self.store.users;
            let outcome = if user.session_epoch == epoch {
                users.update(&user).await
            } else {
                users.update_ending_sessions(&user, spared).await
            };
            match outcome {
                Ok(()) => {
                    user.revision += 1;
                    return Ok((user, result));
                }
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Changed.into())
    }
}
