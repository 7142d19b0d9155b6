//! Changing an account without losing somebody else's change.

use super::{AuthError, Parts};
use crate::store::{StoreError, UserRecord};
use domain::{SessionId, UserId};

/// How often somebody else may be first.
const MOST_TRIES: u32 = 16;

impl Parts {
    /// Reads an account, changes it and stores it; again from the beginning when it was changed
    /// meanwhile.
    pub(super) async fn change<T>(
        &self,
        id: UserId,
        mut change: impl FnMut(&mut UserRecord) -> Result<T, AuthError> + Send,
    ) -> Result<(UserRecord, T), AuthError> {
        for _ in 0..MOST_TRIES {
            let user = self.store.users.by_id(id).await?;
            let mut user = user.ok_or(AuthError::Unauthenticated)?;
            let result = change(&mut user)?;
            match self.store.users.update(&user).await {
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

    /// Ends a user's sessions but one, after their account has moved to a new epoch.
    ///
    /// The new epoch alone has ended them; this takes the spared one over and tidies up.
    pub(super) async fn end_others(
        &self,
        user: &UserRecord,
        spared: Option<SessionId>,
    ) -> Result<(), AuthError> {
        if let Some(session) = spared {
            self.store
                .sessions
                .set_epoch(session, user.session_epoch)
                .await?;
        }
        self.store.sessions.end_all(user.id, spared).await?;
        Ok(())
    }
}
