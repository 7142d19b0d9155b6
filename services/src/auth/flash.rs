//! What a form without JavaScript brings to the next page: sealed, so that nobody but us writes or
//! reads it, and short-lived.

use super::{Auth, keys::Use, seal};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::SessionId;
use std::time::Duration;
use time::OffsetDateTime;

/// How long such a cookie counts.
pub const FLASH_TTL: Duration = Duration::from_secs(60);

impl Auth {
    /// Seals a text for the page that is shown next to this session, or to whoever has none.
    #[must_use]
    pub fn seal_flash(&self, text: &str, session: Option<SessionId>) -> String {
        let until = (self.clock.now() + FLASH_TTL)
            .unix_timestamp()
            .to_be_bytes();
        let content = [&until[..], text.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(seal::seal(
            &self.keys,
            Use::Flash,
            &context(session),
            &content,
        ))
    }

    /// The text, if it is ours, for this session and not a minute old.
    #[must_use]
    pub fn open_flash(&self, sealed: &str, session: Option<SessionId>) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let content = seal::open(&self.keys, Use::Flash, &context(session), &sealed)?.content;
        let (until, text) = content.split_first_chunk::<8>()?;
        let until = OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(*until)).ok()?;
        if until <= self.clock.now() {
            return None;
        }
        String::from_utf8(text.to_vec()).ok()
    }
}

/// Whom a sealed text is for.
fn context(session: Option<SessionId>) -> Vec<u8> {
    let session = session.map(|id| id.uuid().into_bytes());
    [&b"flash"[..], session.as_ref().map_or(&[][..], |id| id)].concat()
}
