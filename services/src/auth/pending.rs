//! What is to happen to the browser's cookies with the answer that is being made.
//!
//! A server function can't write headers as the server does: it says here what it wants, and the
//! server, which put this into the request, does it.

use super::{Grant, Identity};
use domain::SessionId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A change of the cookies of somebody who is signed in.
#[derive(Debug, Clone, Default)]
pub enum TokenChange {
    /// None.
    #[default]
    Keep,
    /// New tokens.
    Grant(Box<Grant>),
    /// They count no more.
    Clear,
}

/// Everything that is to change.
#[derive(Debug, Clone, Default)]
pub struct CookieChanges {
    /// Access and refresh token.
    pub tokens: TokenChange,
    /// The sealed text for the page that is shown next; an empty one is forgotten.
    pub flash: Option<String>,
}

/// Collects changes while a request is answered. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct PendingCookies(Arc<Mutex<Pending>>);

#[derive(Debug, Default)]
struct Pending {
    changes: CookieChanges,
    session: Option<SessionId>,
}

impl PendingCookies {
    /// The request was sent in this session.
    pub fn recognised(&self, identity: &Identity) {
        self.change(|pending| pending.session = identity.access().map(|access| access.session.id));
    }

    /// Of a request that was refused before anybody was recognised: it claims to be of this session.
    #[must_use]
    pub fn claimed(session: Option<SessionId>) -> Self {
        let cookies = Self::default();
        cookies.change(|pending| pending.session = session);
        cookies
    }

    /// Somebody has signed in, or was given new tokens.
    pub fn grant(&self, grant: Grant) {
        self.change(|pending| {
            pending.session = Some(grant.session);
            pending.changes.tokens = TokenChange::Grant(Box::new(grant));
        });
    }

    /// Somebody has signed out, or their tokens count no more.
    pub fn clear(&self) {
        self.change(|pending| {
            pending.session = None;
            pending.changes.tokens = TokenChange::Clear;
        });
    }

    /// The session that the browser has after this answer, as far as is known by now.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.lock().session
    }

    /// A text for the page that is shown next, sealed by [`super::Auth::seal_flash`].
    pub fn flash(&self, sealed: String) {
        self.change(|pending| pending.changes.flash = Some(sealed));
    }

    /// The text was shown.
    pub fn forget_flash(&self) {
        self.flash(String::new());
    }

    /// What has been collected, for the server.
    #[must_use]
    pub fn take(&self) -> CookieChanges {
        std::mem::take(&mut self.lock().changes)
    }

    fn change(&self, change: impl FnOnce(&mut Pending)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
