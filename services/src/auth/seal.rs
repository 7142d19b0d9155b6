//! Sealing: authenticated encryption of what we store or hand out and want back unread and
//! unchanged. ChaCha20-Poly1305 (RFC 8439) with a random nonce; the text names its key, so that
//! what the previous secret sealed can still be opened.

use super::keys::{KeySet, Keys, Use};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use rand::RngCore;

const NONCE: usize = 12;
const KEY_ID: usize = 8;

/// What an opened seal held.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) content: Vec<u8>,
    /// Whether the previous secret sealed it: then it should be sealed anew.
    pub(crate) is_old: bool,
}

/// Seals `content`. It opens only with the same `context`, which says whose it is and what for.
pub(crate) fn seal(keys: &Keys, purpose: Use, context: &[u8], content: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let payload = Payload {
        msg: content,
        aad: context,
    };
    // Fails only for contents of many gigabytes; an empty seal never opens.
    let sealed = cipher(&keys.current, purpose).encrypt(&Nonce::from(nonce), payload);
    let sealed = sealed.unwrap_or_default();
    [keys.current.id.as_bytes(), &nonce, &sealed].concat()
}

/// Opens what [`seal`] made; `None` for anything else.
pub(crate) fn open(keys: &Keys, purpose: Use, context: &[u8], sealed: &[u8]) -> Option<Opened> {
    let (id, rest) = sealed.split_at_checked(KEY_ID)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE)?;
    let set = keys.by_id(std::str::from_utf8(id).ok()?)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let payload = Payload {
        msg: sealed,
        aad: context,
    };
    let content = cipher(set, purpose)
        .decrypt(&Nonce::from(nonce), payload)
        .ok()?;
    let is_old = set.id != keys.current.id;
    Some(Opened { content, is_old })
}

fn cipher(keys: &KeySet, purpose: Use) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(keys.key(purpose)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use proptest::prelude::*;

    fn keys(current: &str, previous: Option<&str>) -> Keys {
        let secret = |text: &str| Secret::new(text.repeat(32));
        Keys::new(&secret(current), previous.map(secret).as_ref())
    }

    #[test]
    fn a_seal_opens_for_its_context_purpose_and_key_only() {
        let sealed = seal(&keys("a", None), Use::Storage, b"ann", b"secret");
        let opened = |keys: &Keys, purpose, context: &[u8]| {
            open(keys, purpose, context, &sealed).map(|opened| (opened.content, opened.is_old))
        };
        let secret = b"secret".to_vec();
        assert_eq!(
            opened(&keys("a", None), Use::Storage, b"ann"),
            Some((secret.clone(), false))
        );
        assert_eq!(
            opened(&keys("b", Some("a")), Use::Storage, b"ann"),
            Some((secret, true))
        );
        assert_eq!(opened(&keys("a", None), Use::Storage, b"bob"), None);
        assert_eq!(opened(&keys("a", None), Use::Flash, b"ann"), None);
        assert_eq!(opened(&keys("b", None), Use::Storage, b"ann"), None);
    }

    proptest! {
        #[test]
        fn a_changed_seal_does_not_open(content in proptest::collection::vec(any::<u8>(), 0..64), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let keys = keys("a", None);
            let mut sealed = seal(&keys, Use::Flash, b"", &content);
            prop_assert_eq!(open(&keys, Use::Flash, b"", &sealed).map(|o| o.content), Some(content));
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(open(&keys, Use::Flash, b"", &sealed).is_none());
        }

        #[test]
        fn nonsense_does_not_open(sealed in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(open(&keys("a", None), Use::Flash, b"", &sealed).is_none());
        }
    }
}
