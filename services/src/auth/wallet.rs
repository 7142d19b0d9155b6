//! Signing in with an Ethereum wallet: a message by EIP-4361, signed by EIP-191.

use super::{
    Auth, AuthError, Identity, LoginOutcome, Parts, Visitor, audit::Act, keys::hex,
    single_use::digest,
};
use crate::{
    config::Secret,
    store::{Purpose, StoreError, UserRecord},
};
use domain::{
    UserId,
    account::{EthAddress, Name, Role, WalletProof},
};
use siwe::Message;
use url::Url;
use uuid::Uuid;

/// Ethereum itself. Other networks' signatures are refused.
const CHAIN_ID: u64 = 1;
/// The longest message that is read.
const MOST_BYTES: usize = 4_096;
/// A signature: r, s and v.
const SIGNATURE_BYTES: usize = 65;
const MOST_WALLETS: usize = 20;
/// Wallets' clocks may be ahead of ours.
const AHEAD: time::Duration = time::Duration::minutes(1);

impl Parts {
    /// Checks a signed message and uses its nonce up; the address that has signed it.
    pub(super) async fn check_wallet(&self, proof: &WalletProof) -> Result<EthAddress, AuthError> {
        if proof.message.len() > MOST_BYTES {
            return Err(AuthError::field("message", "must have at most 4096 bytes"));
        }
        let message: Message = proof
            .message
            .parse()
            .map_err(|_| AuthError::field("message", "must be a message by EIP-4361"))?;
        let signature = signature(&proof.signature)?;
        self.check_meant_for_us(&message)?;
        // Recovers the signer and compares it with the address in the message.
        message
            .verify_eip191(&signature)
            .map_err(|_| AuthError::InvalidCode)?;
        let address = address(&message)?;
        let now = self.clock.now();
        let nonce = digest(&message.nonce);
        let nonce = self
            .store
            .tokens
            .take(&nonce, Purpose::WalletNonce, now)
            .await?;
        let nonce = nonce.ok_or(AuthError::InvalidToken)?;
        let is_its = nonce.data == address.as_str();
        is_its.then_some(address).ok_or(AuthError::InvalidCode)
    }

    fn check_meant_for_us(&self, message: &Message) -> Result<(), AuthError> {
        let refuse = |reason: &str| Err(AuthError::field("message", reason));
        let ours = Url::parse(&self.rules.public_url).ok();
        let host = ours
            .as_ref()
            .map(|url| &url[url::Position::BeforeHost..url::Position::AfterPort]);
        if host != Some(message.domain.as_str()) {
            return refuse("names another domain");
        }
        let uri = Url::parse(message.uri.as_str()).ok();
        if uri.map(|uri| uri.origin()) != ours.as_ref().map(Url::origin) {
            return refuse("names another URI");
        }
        if message.chain_id != CHAIN_ID {
            return refuse("names another chain; 1 is expected");
        }
        let now = self.clock.now();
        let at = |stamp: &siwe::TimeStamp| *stamp.as_ref();
        let is_over = message
            .expiration_time
            .as_ref()
            .is_some_and(|end| at(end) <= now);
        let is_early = message
            .not_before
            .as_ref()
            .is_some_and(|start| at(start) > now);
        if is_over || is_early || at(&message.issued_at) > now + AHEAD {
            return refuse("does not count at this time");
        }
        Ok(())
    }
}

fn address(message: &Message) -> Result<EthAddress, AuthError> {
    let text = hex(&message.address);
    EthAddress::parse(&format!("0x{text}")).map_err(|_| AuthError::InvalidCode)
}

/// The address that a message names, whoever has signed it.
fn claimed(proof: &WalletProof) -> Option<EthAddress> {
    let message: Message = proof.message.parse().ok()?;
    address(&message).ok()
}

fn signature(text: &str) -> Result<[u8; SIGNATURE_BYTES], AuthError> {
    let refused = || AuthError::field("signature", "must be 0x and 130 hexadecimal digits");
    let digits = text.trim().strip_prefix("0x").ok_or_else(refused)?;
    if digits.len() != SIGNATURE_BYTES * 2 || !digits.is_ascii() {
        return Err(refused());
    }
    let mut bytes = [0; SIGNATURE_BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        let pair = digits.get(index * 2..index * 2 + 2).ok_or_else(refused)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
    }
    Ok(bytes)
}

impl Auth {
    /// A nonce for this address to sign, good for 10 minutes and one use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wallet_nonce(&self, address: &EthAddress) -> Result<Secret, AuthError> {
        self.issue(Purpose::WalletNonce, None, address.as_str())
            .await
    }

    /// Signs in with a signed message; to a new account when the wallet is linked to none.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a message that is not meant for us, [`AuthError::InvalidCode`] for
    /// a wrong signature, [`AuthError::InvalidToken`] for a nonce that was used or is too old.
    pub async fn wallet_login(
        &self,
        proof: &WalletProof,
        visitor: &Visitor,
    ) -> Result<LoginOutcome, AuthError> {
        let address = self.check_wallet(proof).await;
        if let Err(error) = &address {
            self.note_wallet_refused(None, "wallet_login_failed", proof, error, visitor)
                .await?;
        }
        let address = address?;
        let user = match self.store.users.by_wallet(&address).await? {
            Some(user) => user,
            None => self.user_of_wallet(&address, visitor).await?,
        };
        self.refuse_suspended(&user, visitor).await?;
        self.first_factor_shown(user, "wallet", visitor).await
    }

    /// Writes a message down that shows nobody to be the owner of a wallet. One that can't be read is
    /// none.
    async fn note_wallet_refused(
        &self,
        actor: Option<UserId>,
        action: &'static str,
        proof: &WalletProof,
        error: &AuthError,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        let Some(address) = claimed(proof) else {
            return Ok(());
        };
        let why = match error {
            AuthError::InvalidCode => "wrong signature",
            AuthError::InvalidToken => "nonce used or too old",
            AuthError::Invalid(_) => "not meant for this site or this time",
            _ => return Ok(()),
        };
        let act = Act {
            actor,
            action,
            subject: Some(address.to_string()),
            detail: why.to_owned(),
        };
        self.audit.record(act, Some(visitor)).await
    }

    async fn user_of_wallet(
        &self,
        address: &EthAddress,
        visitor: &Visitor,
    ) -> Result<UserRecord, AuthError> {
        let short = format!("{}…{}", &address.as_str()[..6], &address.as_str()[38..]);
        let user = UserRecord {
            id: UserId::new(Uuid::now_v7()),
            email: None,
            name: Name::parse(&short).map_err(|_| AuthError::InvalidCode)?,
            role: Role::User,
            email_verified: false,
            phone: None,
            password_hash: None,
            totp: None,
            wallets: vec![address.clone()],
            session_epoch: 0,
            created_at: self.clock.now(),
            revision: 0,
        };
        match self.store.users.insert(&user).await {
            // The same wallet signed in twice at once.
            Err(StoreError::Taken(_)) => {
                let other = self.store.users.by_wallet(address).await?;
                return other.ok_or(AuthError::InvalidCode);
            }
            other => other?,
        }
        let act = Act::own(user.id, "register").with("wallet");
        self.audit.record(act, Some(visitor)).await?;
        Ok(UserRecord {
            revision: 1,
            ..user
        })
    }

    /// Links a wallet to the account. Needs a fresh second factor.
    ///
    /// # Errors
    /// As [`Self::wallet_login`]; [`AuthError::Conflict`] when it is linked already.
    pub async fn link_wallet(
        &self,
        identity: &Identity,
        proof: &WalletProof,
        visitor: &Visitor,
    ) -> Result<UserRecord, AuthError> {
        self.require_fresh(identity).await?;
        let address = self.check_wallet(proof).await;
        if let Err(error) = &address {
            let who = Some(identity.id());
            self.note_wallet_refused(who, "wallet_link_failed", proof, error, visitor)
                .await?;
        }
        let address = address?;
        let changed = self.change(identity.id(), |user| {
            if user.wallets.contains(&address) {
                return Err(AuthError::Conflict(
                    "This wallet is linked to your account already.",
                ));
            }
            if user.wallets.len() >= MOST_WALLETS {
                return Err(AuthError::Conflict("An account can have 20 wallets."));
            }
            user.wallets.push(address.clone());
            Ok(())
        });
        let user = match changed.await {
            Err(AuthError::Store(StoreError::Taken(_))) => {
                return Err(AuthError::Conflict(
                    "This wallet is linked to another account.",
                ));
            }
            other => other?.0,
        };
        let act = Act::own(user.id, "wallet_linked").with(address.to_string());
        self.audit.record(act, Some(visitor)).await?;
        Ok(user)
    }

    /// Unlinks a wallet. Needs a fresh second factor.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when it is not linked, [`AuthError::Conflict`] when nothing would be
    /// left to sign in with.
    pub async fn unlink_wallet(
        &self,
        identity: &Identity,
        address: &EthAddress,
        visitor: &Visitor,
    ) -> Result<UserRecord, AuthError> {
        self.require_fresh(identity).await?;
        let (user, ()) = self
            .change(identity.id(), |user| {
                let before = user.wallets.len();
                user.wallets.retain(|wallet| wallet != address);
                if user.wallets.len() == before {
                    return Err(AuthError::NotFound);
                }
                if user.wallets.is_empty() && user.password_hash.is_none() {
                    return Err(AuthError::Conflict(
                        "Nothing would be left to sign in with. Please link another wallet first.",
                    ));
                }
                Ok(())
            })
            .await?;
        // What was begun with it opens nothing any more.
        let begun = Purpose::SecondFactor;
        self.store.tokens.remove_all(user.id, begun).await?;
        let act = Act::own(user.id, "wallet_unlinked").with(address.to_string());
        self.audit.record(act, Some(visitor)).await?;
        Ok(user)
    }
}
