//! A text message.

use super::mask;
use domain::account::PhoneNumber;
use std::fmt;

/// A text message. `Debug` shows neither the text, which may hold a code, nor the whole number.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// Who gets it.
    pub to: PhoneNumber,
    /// At most [`Sms::MAX_CHARS`] characters. Never log it.
    pub text: String,
}

impl Sms {
    /// Twilio takes no longer body.
    pub const MAX_CHARS: usize = 1600;
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms")
            .field("to", &mask::phone(&self.to))
            .finish_non_exhaustive()
    }
}
