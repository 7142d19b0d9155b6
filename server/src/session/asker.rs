//! Whose request it was, for error reports.

use super::{api_key, cookies};
use domain::UserId;
use http::{Extensions, HeaderMap};
use std::sync::{Arc, OnceLock};

/// Filled in when somebody is recognised, somewhere on the way through the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asker(Arc<OnceLock<UserId>>);

impl Asker {
    /// For a request that brings something to recognise somebody by.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let brings = cookies::value(headers, cookies::ACCESS).is_some()
            || cookies::value(headers, cookies::REFRESH).is_some()
            || api_key::is_signed(headers);
        brings.then(Self::default)
    }

    /// Notes who it is, if the request asks to know.
    pub(crate) fn note(extensions: &Extensions, user: UserId) {
        if let Some(asker) = extensions.get::<Self>() {
            // Nobody turns into somebody else on the way.
            let _first = asker.0.set(user);
        }
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        self.0.get().copied()
    }
}
