//! After a change of `JWT_SECRET`: what the previous secret has sealed is sealed anew, so that it can
//! be taken out of the settings.

use super::{Auth, AuthError};
use crate::store::UserRecord;

/// Records read at a time.
const PAGE: u32 = 100;

impl Auth {
    /// Seals anew whatever the previous secret has sealed; nothing to do while there is none.
    ///
    /// # Errors
    /// When the database fails. What was done until then stays done.
    pub async fn reseal(&self) -> Result<(), AuthError> {
        if self.keys.all().count() < 2 {
            return Ok(());
        }
        let resealed = self.reseal_totp().await?
            + self.reseal_api_keys().await?
            + self.reseal_webhooks().await?;
        if resealed > 0 {
            tracing::info!(
                resealed,
                "secrets in the database are sealed with JWT_SECRET now"
            );
        }
        Ok(())
    }

    async fn reseal_totp(&self) -> Result<u64, AuthError> {
        let (mut after, mut resealed) = (None, 0);
        loop {
            let page = self.store.users.with_totp(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(resealed);
            };
            after = Some(last.id);
            for user in &page {
                if self.new_seal(user).is_none() {
                    continue;
                }
                self.change(user.id, |user| {
                    let sealed = self.new_seal(user);
                    if let (Some(totp), Some(sealed)) = (&mut user.totp, sealed) {
                        totp.sealed_secret = sealed;
                    }
                    Ok(())
                })
                .await?;
                resealed += 1;
            }
        }
    }

    /// The secret sealed anew, if it was sealed with the previous secret.
    fn new_seal(&self, user: &UserRecord) -> Option<Vec<u8>> {
        let sealed = &user.totp.as_ref()?.sealed_secret;
        self.sealed_anew(user.id.uuid(), sealed)
    }

    async fn reseal_api_keys(&self) -> Result<u64, AuthError> {
        let (mut after, mut resealed) = (None, 0);
        loop {
            let page = self.store.api_keys.all(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(resealed);
            };
            after = Some(last.id);
            for key in &page {
                let sealed = self.sealed_anew(key.id.uuid(), &key.sealed_secret);
                if let Some(sealed) = sealed {
                    self.store.api_keys.reseal(key.id, &sealed).await?;
                    resealed += 1;
                }
            }
        }
    }

    async fn reseal_webhooks(&self) -> Result<u64, AuthError> {
        let (mut after, mut resealed) = (None, 0);
        loop {
            let page = self.store.webhooks.all(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(resealed);
            };
            after = Some(last.id);
            for webhook in &page {
                let sealed = self.sealed_anew(webhook.id.uuid(), &webhook.sealed_secret);
                if let Some(sealed) = sealed {
                    self.store.webhooks.reseal(webhook.id, &sealed).await?;
                    resealed += 1;
                }
            }
        }
    }
}
