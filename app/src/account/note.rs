//! What a server function notes beside its answer, for whoever sends the answer.

use crate::{error::AppError, page_data::request};
use domain::account::Sensitive;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the token of a [`HalfSignIn`].
pub const HALF_SIGN_IN: &str = "second_factor";

/// Put into the request's extensions before the function runs, and read afterwards.
#[derive(Debug)]
pub struct Note<T>(Arc<Mutex<Option<T>>>);

/// Why a function failed.
pub type FormNote = Note<AppError>;

/// What is to become of the cookie of a sign-in that waits for its second factor. It is a cookie and
/// no field of the page, so that the page can be loaded again; its token stands in no address.
#[derive(Debug, Clone)]
pub enum HalfSignIn {
    /// The first step is done, with this token for the second one.
    Begun(Sensitive),
    /// The second step is done, or the token counts no more.
    Over,
}

impl<T> Default for Note<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Note<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> Note<T> {
    /// What was noted, if anything.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes something about the request that is being answered.
    pub(crate) fn write(value: T) {
        if let Some(note) = request::extension::<Self>() {
            *note.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        }
    }
}

impl HalfSignIn {
    /// The token that the browser has kept.
    pub(crate) fn token() -> Option<Sensitive> {
        let token = request::cookie(HALF_SIGN_IN)?;
        (!token.is_empty()).then(|| Sensitive::new(token))
    }
}
