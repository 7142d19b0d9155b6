//! Every key that accounts need, derived from `JWT_SECRET`.
//!
//! Each [`Use`] has a key of its own (HKDF-Expand with one block, RFC 5869 §2.3; the secret is taken
//! as the pseudorandom key, without the step that extracts one), so that a value made for one proves
//! nothing for another. The previous secret still verifies and opens, and no longer signs or seals.

use crate::config::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Signs access and refresh tokens.
    Jwt,
    /// Makes the ids of refresh tokens.
    RefreshId,
    /// Marks devices that have signed in before.
    Device,
    /// Hides who is counted.
    Throttle,
    /// Seals what is stored.
    Storage,
    /// Seals what a browser keeps for us.
    Flash,
    /// Hides the codes that verify telephone numbers.
    PhoneCode,
    /// Seals what a link in a mail says that ends such mails.
    Unsubscribe,
}

impl Use {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Jwt => b"cryptovault jwt",
            Self::RefreshId => b"cryptovault refresh id",
            Self::Device => b"cryptovault device",
            Self::Throttle => b"cryptovault throttle",
            Self::Storage => b"cryptovault storage",
            Self::Flash => b"cryptovault flash",
            Self::PhoneCode => b"cryptovault phone code",
            Self::Unsubscribe => b"cryptovault unsubscribe",
        }
    }
}

/// The keys that follow from one secret.
#[derive(Clone)]
pub(crate) struct KeySet {
    secret: Vec<u8>,
    /// Names the secret without telling anything about it.
    pub(crate) id: String,
}

impl KeySet {
    pub(crate) fn new(secret: &Secret) -> Self {
        let secret = secret.expose().as_bytes().to_vec();
        let id = mac(&secret, &[b"cryptovault key id"]);
        let id = hex(&id[..4]);
        Self { secret, id }
    }

    /// A key of 32 bytes.
    pub(crate) fn key(&self, purpose: Use) -> [u8; 32] {
        mac(&self.secret, &[purpose.label(), &[1]])
    }

    /// HMAC-SHA256 of the parts, one after the other, with the key of a purpose.
    pub(crate) fn mac(&self, purpose: Use, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.key(purpose), parts)
    }
}

/// Present and previous keys.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) current: KeySet,
    previous: Option<KeySet>,
}

impl Keys {
    pub(crate) fn new(current: &Secret, previous: Option<&Secret>) -> Self {
        Self {
            current: KeySet::new(current),
            previous: previous.map(KeySet::new),
        }
    }

    /// The key set with this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&KeySet> {
        self.all().find(|keys| keys.id == id)
    }

    /// The present one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &KeySet> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([redacted])")
    }
}

/// HMAC-SHA256 (RFC 2104) of the parts, one after the other.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length: the error can't occur, and an empty key would only fail closed.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Two hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two texts are equal, in a time that depends on their length only.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_and_each_secret_has_its_own_key() {
        let keys = Keys::new(
            &Secret::new("a".repeat(32)),
            Some(&Secret::new("b".repeat(32))),
        );
        let uses = [
            Use::Jwt,
            Use::RefreshId,
            Use::Device,
            Use::Throttle,
            Use::Storage,
            Use::Flash,
            Use::PhoneCode,
            Use::Unsubscribe,
        ];
        let all: Vec<_> = keys
            .all()
            .flat_map(|set| uses.map(|purpose| set.key(purpose)))
            .collect();
        for (index, key) in all.iter().enumerate() {
            assert!(!all[..index].contains(key));
        }
        assert!(keys.by_id(&keys.current.id).is_some());
        assert!(keys.by_id("00000000").is_none());
    }

    #[test]
    fn comparing_finds_every_difference() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd") && !equal(b"abc", b"ab") && !equal(b"", b"a"));
    }
}
