//! The telephone number that text messages go to: it counts once its owner has read a code there.
//!
//! The code is one of a million, so it counts for ten minutes, five tries and this
//! account and number alone; what is stored of it is an HMAC with a key that is not in the database. Text
//! messages cost the operator money and whoever gets them their peace, so that only few codes are sent, to
//! a number as by an account.

use super::{
    Auth, AuthError, Identity, Visitor,
    audit::Act,
    keys::{KeySet, Use, equal, hex},
    single_use::digest,
};
use crate::{
    notify::{Sms, mask, messages::phone_code},
    store::{Purpose, StoreError, TokenRecord, UserRecord},
};
use domain::{UserId, account::PhoneNumber};
use std::time::Duration;

const PURPOSE: Purpose = Purpose::VerifyPhone;
/// Tries that a code has.
const MOST_TRIES: u32 = 5;
/// So many codes are sent in such a time of the clock.
const MOST_CODES: [(Duration, u64); 3] = [
    (Duration::from_secs(60), 1),
    (Duration::from_secs(30 * 60), 3),
    (DAY, 6),
];
const CODES: u32 = 1_000_000;
/// News that somebody gets by text message in a day (UTC).
pub const MOST_TEXTS: u64 = 50;
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Auth {
    /// Whether text messages can be sent at all: the operator has set up Twilio, or this is development.
    #[must_use]
    pub fn has_sms(&self) -> bool {
        self.notifier.has_sms()
    }

    /// Sends a code to a number. The number that was verified before stays until the code comes back.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for API keys, [`AuthError::Conflict`] where no text messages are sent,
    /// [`AuthError::Invalid`] with `phone` for the number that is verified, [`AuthError::TooSoon`],
    /// [`AuthError::Undeliverable`] when too many messages wait.
    pub async fn send_phone_code(
        &self,
        identity: &Identity,
        phone: &PhoneNumber,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        identity.session_only()?;
        if !self.has_sms() {
            let why = "Text messages are not set up by the operator of this site.";
            return Err(AuthError::Conflict(why));
        }
        if identity.user.phone.as_ref() == Some(phone) {
            return Err(AuthError::field("phone", "is confirmed already"));
        }
        self.count_code(identity.id(), phone).await?;
        let act = Act::own(identity.id(), "phone_code_sent").with(mask::phone(phone));
        self.audit.record(act, Some(visitor)).await?;
        let code = format!("{:06}", rand::random_range(0..CODES));
        self.keep_code(&identity.user, phone, &code).await?;
        let sms = Sms {
            to: phone.clone(),
            text: phone_code(&self.rules.public_url, &code),
        };
        let is_taken = self.notifier.send_sms(sms);
        is_taken.then_some(()).ok_or(AuthError::Undeliverable)
    }

    /// Counts a text message with news for somebody; whether it may be sent. Each costs the operator, and
    /// an alert may come true every minute.
    ///
    /// # Errors
    /// When nothing can be counted.
    pub(crate) async fn may_text(&self, user: UserId) -> Result<bool, AuthError> {
        let day = self.clock.now().unix_timestamp().unsigned_abs() / DAY.as_secs();
        let what = format!("sms-news:{day}:{user}");
        let counted = self.throttle.occurrence(&what, DAY).await?;
        Ok(counted <= MOST_TEXTS)
    }

    /// The number that waits for its code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_phone(
        &self,
        identity: &Identity,
    ) -> Result<Option<PhoneNumber>, AuthError> {
        let (tokens, now) = (&self.store.tokens, self.clock.now());
        let found = tokens.find(&name(identity.id()), PURPOSE, now).await?;
        let found = found.filter(|token| token.tries < MOST_TRIES);
        Ok(found.and_then(|token| Some(read(&token)?.0)))
    }

    /// Takes the code: the number is verified from then on, instead of the one before.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for API keys, [`AuthError::Invalid`] with `code` when it is wrong, too old,
    /// used or was tried too often.
    pub async fn verify_phone(
        &self,
        identity: &Identity,
        code: &str,
        visitor: &Visitor,
    ) -> Result<PhoneNumber, AuthError> {
        identity.session_only()?;
        let (tokens, now, name) = (&self.store.tokens, self.clock.now(), name(identity.id()));
        let tried = tokens.attempt(&name, PURPOSE, MOST_TRIES, now).await?;
        let token = tried.ok_or_else(code_is_over)?;
        let (phone, expected) = read(&token).ok_or_else(code_is_over)?;
        if !self.is_code(identity.id(), &phone, code, &expected) {
            return Err(wrong_code(&token));
        }
        // Of many who bring it at once, one gets it; and not the code of another number asked for meanwhile.
        let taken = tokens.take(&name, PURPOSE, now).await?;
        let taken = taken.filter(|taken| taken.data == token.data);
        taken.ok_or_else(code_is_over)?;
        let act = Act::own(identity.id(), "phone_added").with(mask::phone(&phone));
        self.audit.record(act, Some(visitor)).await?;
        self.set_phone(identity.id(), Some(&phone)).await?;
        Ok(phone)
    }

    /// Forgets the number, and the one that waits for its code: from then on nothing is sent there.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for API keys.
    pub async fn remove_phone(
        &self,
        identity: &Identity,
        visitor: &Visitor,
    ) -> Result<(), AuthError> {
        identity.session_only()?;
        self.store.tokens.remove_all(identity.id(), PURPOSE).await?;
        let Some(phone) = &identity.user.phone else {
            return Ok(());
        };
        self.set_phone(identity.id(), None).await?;
        let act = Act::own(identity.id(), "phone_removed").with(mask::phone(phone));
        self.audit.record(act, Some(visitor)).await
    }

    async fn set_phone(&self, user: UserId, phone: Option<&PhoneNumber>) -> Result<(), AuthError> {
        let changed = self.change(user, |user| {
            user.phone = phone.cloned();
            Ok(())
        });
        changed.await.map(drop)
    }

    /// Counts a code that is to be sent, by whom and where to.
    async fn count_code(&self, user: UserId, phone: &PhoneNumber) -> Result<(), AuthError> {
        let seconds = self.clock.now().unix_timestamp().unsigned_abs();
        for (window, most) in MOST_CODES {
            let (number, length) = (seconds / window.as_secs(), window.as_secs());
            for whose in [user.to_string(), phone.to_string()] {
                let what = format!("sms-code:{length}:{number}:{whose}");
                if self.throttle.occurrence(&what, window).await? > most {
                    let left = length - seconds % length;
                    return Err(AuthError::TooSoon(Duration::from_secs(left)));
                }
            }
        }
        Ok(())
    }

    /// Keeps a code in place of the one before.
    async fn keep_code(
        &self,
        owner: &UserRecord,
        phone: &PhoneNumber,
        code: &str,
    ) -> Result<(), AuthError> {
        let mac = code_mac(&self.keys.current, owner.id, phone, code);
        let record = TokenRecord {
            hash: name(owner.id),
            purpose: PURPOSE,
            user: Some(owner.id),
            epoch: Some(owner.session_epoch),
            data: format!("{phone} {}", hex(&mac)),
            expires_at: self.clock.now() + PURPOSE.lifetime(),
            tries: 0,
        };
        self.store.tokens.remove_all(owner.id, PURPOSE).await?;
        match self.store.tokens.insert(&record).await {
            Err(StoreError::Taken(_)) => Err(AuthError::Conflict(
                "Another code was asked for at the same moment. Please use that one.",
            )),
            kept => Ok(kept?),
        }
    }

    fn is_code(&self, user: UserId, phone: &PhoneNumber, code: &str, expected: &str) -> bool {
        let code = code.trim();
        let fits = |mac: [u8; 32]| equal(hex(&mac).as_bytes(), expected.as_bytes());
        // One that was sent before the secret was changed counts, too.
        let mut keys = self.keys.all();
        keys.any(|keys| fits(code_mac(keys, user, phone, code)))
    }
}

/// What an account's code is found by.
fn name(user: UserId) -> [u8; 32] {
    digest(&format!("phone code of {user}"))
}

/// What is kept of a code: it stands for this account and number only.
fn code_mac(keys: &KeySet, user: UserId, phone: &PhoneNumber, code: &str) -> [u8; 32] {
    let user = user.uuid().into_bytes();
    let parts = [&user[..], phone.as_str().as_bytes(), b" ", code.as_bytes()];
    keys.mac(Use::PhoneCode, &parts)
}

/// Number and kept code.
fn read(token: &TokenRecord) -> Option<(PhoneNumber, String)> {
    let (phone, code) = token.data.split_once(' ')?;
    Some((PhoneNumber::parse(phone).ok()?, code.to_owned()))
}

fn code_is_over() -> AuthError {
    let why = "counts no more: a code has 10 minutes and five tries. Please have a new one sent";
    AuthError::field("code", why)
}

fn wrong_code(token: &TokenRecord) -> AuthError {
    match MOST_TRIES.saturating_sub(token.tries) {
        0 => code_is_over(),
        1 => AuthError::field("code", "is not the one we sent; one try is left"),
        left => AuthError::field(
            "code",
            format!("is not the one we sent; {left} tries are left"),
        ),
    }
}
