//! Secrets of programs that are stored and read again.

use super::{
    Auth,
    keys::Use,
    seal::{Opened, open, seal},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use uuid::Uuid;

const SECRET_BYTES: usize = 32;

/// A secret that nobody guesses: 256 bits of the system's generator, as text.
pub(crate) fn new_secret() -> String {
    let mut secret = [0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    URL_SAFE_NO_PAD.encode(secret)
}

impl Auth {
    /// Seals a secret of what has this id: it opens for that alone.
    pub(crate) fn sealed(&self, owner: Uuid, secret: &[u8]) -> Vec<u8> {
        seal(&self.keys, Use::Storage, owner.as_bytes(), secret)
    }

    /// Opens what [`Self::sealed`] made; `None` for anything else.
    pub(crate) fn opened(&self, owner: Uuid, sealed: &[u8]) -> Option<Opened> {
        open(&self.keys, Use::Storage, owner.as_bytes(), sealed)
    }

    /// Seals what a link in a mail says: nobody else can read or make it.
    pub(crate) fn sealed_link(&self, content: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(seal(&self.keys, Use::Unsubscribe, b"", content))
    }

    /// Opens what [`Self::sealed_link`] made; `None` for anything else.
    pub(crate) fn opened_link(&self, link: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(link).ok()?;
        let opened = open(&self.keys, Use::Unsubscribe, b"", &sealed)?;
        Some(opened.content)
    }

    /// The secret sealed anew, if it was sealed with the previous secret.
    pub(super) fn sealed_anew(&self, owner: Uuid, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = self.opened(owner, sealed)?;
        let content = opened.is_old.then_some(opened.content)?;
        Some(self.sealed(owner, &content))
    }
}
