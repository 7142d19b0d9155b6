//! What people want to be called.

use serde::{Deserialize, Serialize};

/// A name: 1 to 100 characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 1, max_length = 100))]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 100 characters and no control characters")]
pub struct InvalidName;

impl Name {
    /// Most characters.
    pub const MAX_CHARS: usize = 100;

    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidName`] when it is empty, too long or holds control characters.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let is_odd = |c: char| c.is_control() || is_disguise(c);
        if text.is_empty() || text.chars().count() > Self::MAX_CHARS || text.chars().any(is_odd) {
            return Err(InvalidName);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Direction marks and separators, with which one name can be made to look like another.
pub(crate) const fn is_disguise(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_in_any_script_but_not_disguised() {
        assert_eq!(
            Name::parse("  Zoë 李 ").as_ref().map(Name::as_str),
            Ok("Zoë 李")
        );
        for text in ["", "  ", "a\nb", "\u{202e}nimda", &"x".repeat(101)] {
            assert_eq!(Name::parse(text), Err(InvalidName), "{text:?}");
        }
    }
}
