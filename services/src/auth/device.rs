//! Devices that have signed in before, so that a stranger's failures can't lock their owner out.

use super::keys::{Keys, Use, equal};
use crate::config::Secret;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::UserId;
use rand::RngCore;

const NONCE: usize = 16;
const MAC: usize = 32;

/// A cookie that says: this device has signed in to this account.
pub(super) fn mark(keys: &Keys, user: UserId) -> Secret {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let mac = keys
        .current
        .mac(Use::Device, &[user.uuid().as_bytes(), &nonce]);
    Secret::new(URL_SAFE_NO_PAD.encode([&nonce[..], &mac].concat()))
}

/// The device's name for counting, when the cookie is one of this account.
pub(super) fn known(keys: &Keys, user: UserId, cookie: &Secret) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie.expose()).ok()?;
    let (nonce, mac) = bytes.split_at_checked(NONCE)?;
    let is_ours = mac.len() == MAC
        && keys.all().any(|set| {
            let expected = set.mac(Use::Device, &[user.uuid().as_bytes(), nonce]);
            equal(&expected, mac)
        });
    is_ours.then(|| format!("device:{}", URL_SAFE_NO_PAD.encode(nonce)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_device_is_known_to_its_account_only() {
        let keys = Keys::new(&Secret::new("a".repeat(32)), None);
        let other = Keys::new(&Secret::new("b".repeat(32)), None);
        let (ann, bob) = (UserId::new(Uuid::now_v7()), UserId::new(Uuid::now_v7()));
        let cookie = mark(&keys, ann);
        assert!(known(&keys, ann, &cookie).is_some());
        assert!(known(&keys, bob, &cookie).is_none());
        assert!(known(&other, ann, &cookie).is_none());
        assert!(known(&keys, ann, &Secret::new("")).is_none());
        assert!(known(&keys, ann, &Secret::new("AAAA")).is_none());
    }
}
