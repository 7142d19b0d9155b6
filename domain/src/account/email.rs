//! E-mail addresses.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An address as accounts are found by: trimmed and in small letters. RFC 5321 §2.4 lets the part
/// before the @ tell letters apart; no provider in use does, and people don't.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = "email"))]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// A text that is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as ann@example.com")]
pub struct InvalidEmail;

impl Email {
    /// Longest address, in bytes (RFC 5321 §4.5.3.1.3, without the brackets).
    pub const MAX_LEN: usize = 254;
    /// Longest part before the @, in bytes (RFC 5321 §4.5.3.1.1).
    const MAX_LOCAL: usize = 64;

    /// Reads an address: a name of ASCII letters, digits and `.!#$%&'*+/=?^_{|}~-` and a host name
    /// (the addresses HTML's `<input type=email>` takes).
    ///
    /// # Errors
    /// [`InvalidEmail`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_ascii_lowercase();
        let (local, host) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let local_is_fine = !local.is_empty()
            && local.len() <= Self::MAX_LOCAL
            && local.bytes().all(is_local)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let host_is_fine = host.split('.').all(is_label) && !host.is_empty();
        if text.len() > Self::MAX_LEN || !local_is_fine || !host_is_fine {
            return Err(InvalidEmail);
        }
        Ok(Self(text))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// A part of a host name (RFC 1035 §2.3.1).
fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_that_differ_only_in_letters_are_one() {
        assert_eq!(
            Email::parse(" Ann@Example.COM "),
            Email::parse("ann@example.com")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "a b@example.com",
            "ann@exa mple.com",
            "ann@-example.com",
            "ann@example..com",
            ".ann@example.com",
            "a..b@example.com",
            "ann@example.com\r\nBcc: x@y.z",
            "ann@exämple.com",
            "<ann@example.com>",
        ] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(Email::parse(&long), Err(InvalidEmail));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_can_stand_in_a_mail_header(text in "\\PC*|[a-z.@<>\r\n ]{0,40}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(email.as_str().bytes().all(|b| b.is_ascii_graphic()));
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }
}
