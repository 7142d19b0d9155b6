//! Tokens that work once: links in mails, half-finished sign-ins, nonces.

use super::{AuthError, Parts, Visitor, audit::Act, keys::hex};
use crate::{
    config::Secret,
    store::{Purpose, TokenRecord, UserRecord},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::time::Duration;

const BYTES: usize = 32;
const NOTE_EVERY: Duration = Duration::from_secs(60);

impl Purpose {
    /// How long such a token counts.
    pub(super) const fn lifetime(self) -> Duration {
        Duration::from_secs(match self {
            Self::VerifyEmail => 24 * 3600,
            Self::ResetPassword => 30 * 60,
            Self::SecondFactor => 5 * 60,
            Self::WalletNonce | Self::VerifyPhone => 10 * 60,
        })
    }
}

/// As it is stored: whoever reads the database can't use it.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Parts {
    /// Makes a token of 256 random bits for an account as it is now.
    pub(super) async fn issue(
        &self,
        purpose: Purpose,
        owner: Option<&UserRecord>,
        data: &str,
    ) -> Result<Secret, AuthError> {
        let mut bytes = [0; BYTES];
        rand::rng().fill_bytes(&mut bytes);
        // Hexadecimal: EIP-4361 wants letters and digits only.
        let token = match purpose {
            Purpose::WalletNonce => hex(&bytes),
            _ => URL_SAFE_NO_PAD.encode(bytes),
        };
        let record = TokenRecord {
            hash: digest(&token),
            purpose,
            user: owner.map(|owner| owner.id),
            epoch: owner.map(|owner| owner.session_epoch),
            data: data.to_owned(),
            expires_at: self.clock.now() + purpose.lifetime(),
            tries: 0,
        };
        self.store.tokens.insert(&record).await?;
        Ok(Secret::new(token))
    }

    /// Uses a token up.
    pub(super) async fn take(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<TokenRecord, AuthError> {
        let now = self.clock.now();
        let taken = self.store.tokens.take(&digest(token), purpose, now).await?;
        taken.ok_or(AuthError::InvalidToken)
    }

    /// Writes down that a link did not count, when it looks like one: once a minute from an address at
    /// most, because anybody can make them up.
    pub(super) async fn note_link_refused(
        &self,
        purpose: Purpose,
        token: &str,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let what = format!("refused-link:{}:{}", purpose.as_str(), visitor.ip);
        let is_link = token.len() == BYTES.div_ceil(3) * 4 - 1;
        if !is_link || self.throttle.occurrence(&what, NOTE_EVERY).await? > 1 {
            return Ok(());
        }
        let act = Act {
            actor: None,
            action: "link_refused",
            subject: None,
            detail: purpose.as_str().to_owned(),
        };
        self.audit.record(act, Some(visitor)).await
    }

    /// Looks a token up without counting that.
    pub(super) async fn find(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<TokenRecord, AuthError> {
        let now = self.clock.now();
        let found = self.store.tokens.find(&digest(token), purpose, now).await?;
        found.ok_or(AuthError::InvalidToken)
    }

    /// Looks a token up, at most `most` times.
    pub(super) async fn attempt(
        &self,
        purpose: Purpose,
        token: &str,
        most: u32,
    ) -> Result<TokenRecord, AuthError> {
        let now = self.clock.now();
        let found = self
            .store
            .tokens
            .attempt(&digest(token), purpose, most, now)
            .await?;
        found.ok_or(AuthError::InvalidToken)
    }
}
