//! The ids of refresh tokens.

use crate::auth::keys::{KeySet, Use};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::SessionId;

/// The id of a session's refresh token of a generation. Derived, not stored: the same successor can
/// be made again for a client whose answer was lost.
pub(crate) fn refresh_id(keys: &KeySet, session: SessionId, generation: u32) -> String {
    let session = session.uuid();
    let parts: [&[u8]; 2] = [session.as_bytes(), &generation.to_be_bytes()];
    URL_SAFE_NO_PAD.encode(keys.mac(Use::RefreshId, &parts))
}
