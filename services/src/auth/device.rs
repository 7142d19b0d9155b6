//! Devices that have signed in before, so that a stranger's failures can't lock their owner out.
//!
//! What ends all sessions makes every device a stranger, too: a thief's may be among them. One whose
//! session goes on is known again when that is refreshed.

use super::keys::{KeySet, Keys, Use, equal};
use crate::{config::Secret, store::UserRecord};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::SessionId;

const NONCE: usize = 16;
const MAC: usize = 32;

/// A cookie that says: this device has signed in to this account. It is of a session, however often that
/// is refreshed: whoever holds one is one guesser and not many.
pub(super) fn mark(keys: &Keys, user: &UserRecord, session: SessionId) -> Secret {
    let nonce: [u8; NONCE] = session.uuid().into_bytes();
    let mac = seal(&keys.current, user, &nonce);
    Secret::new(URL_SAFE_NO_PAD.encode([&nonce[..], &mac].concat()))
}

/// The device's name for counting, when the cookie is one of this account.
pub(super) fn known(keys: &Keys, user: &UserRecord, cookie: &Secret) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie.expose()).ok()?;
    let (nonce, mac) = bytes.split_at_checked(NONCE)?;
    let is_ours = mac.len() == MAC && keys.all().any(|set| equal(&seal(set, user, nonce), mac));
    is_ours.then(|| format!("device:{}", URL_SAFE_NO_PAD.encode(nonce)))
}
fn seal(keys: &KeySet, user: &UserRecord, nonce: &[u8]) -> [u8; MAC] {
    let epoch = user.session_epoch.to_be_bytes();
    keys.mac(Use::Device, &[user.id.uuid().as_bytes(), &epoch, nonce])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        UserId,
        account::{Name, Role},
    };
    use time::OffsetDateTime;
    use uuid::Uuid;

    fn user() -> UserRecord {
        UserRecord {
            id: UserId::new(Uuid::now_v7()),
            email: None,
            name: Name::stored("Ann".to_owned()),
            role: Role::User,
            email_verified: false,
            phone: None,
            password_hash: None,
            totp: None,
            wallets: Vec::new(),
            session_epoch: 7,
            created_at: OffsetDateTime::UNIX_EPOCH,
            revision: 1,
        }
    }

    #[test]
    fn a_device_is_known_to_its_account_only_and_until_all_sessions_end() {
        let keys = Keys::new(&Secret::new("a".repeat(32)), None);
        let other = Keys::new(&Secret::new("b".repeat(32)), None);
        let (mut ann, bob) = (user(), user());
        let session = SessionId::new(Uuid::now_v7());
        let cookie = mark(&keys, &ann, session);
        assert_eq!(cookie.expose(), mark(&keys, &ann, session).expose());
        assert!(known(&keys, &ann, &cookie).is_some());
        assert!(known(&keys, &bob, &cookie).is_none());
        assert!(known(&other, &ann, &cookie).is_none());
        assert!(known(&keys, &ann, &Secret::new("")).is_none());
        assert!(known(&keys, &ann, &Secret::new("AAAA")).is_none());
        ann.session_epoch += 1;
        assert!(known(&keys, &ann, &cookie).is_none());
    }
}
