//! What people want to be called.

use serde::{Deserialize, Serialize};

/// A name: 1 to 100 characters, trimmed, without control characters and such that can't be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 1, max_length = 100))]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 100 characters that can be seen")]
pub struct InvalidName;

impl Name {
    /// Most characters.
    pub const MAX_CHARS: usize = 100;

    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidName`] when it is empty, too long, or holds control or invisible characters.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let shows = text.chars().any(|c| !c.is_whitespace() && !only_joins(c));
        if !shows || text.chars().count() > Self::MAX_CHARS || !text.chars().all(Self::may_hold) {
            return Err(InvalidName);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether a character is one that people can see, or one that seen ones are joined by.
    #[must_use]
    pub fn may_hold(c: char) -> bool {
        !c.is_control() && !is_invisible(c)
    }

    /// A name that was accepted when it was given. The rules may have become stricter since, and
    /// nobody's account becomes unreadable by that.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Direction marks, separators, fillers, tags and blanks that are none: with them one name can be made
/// to look like another. Most are what Unicode calls default ignorable (UAX #44).
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// What joins or forms other letters, as in Persian and in emoji, and shows nothing by itself.
const fn only_joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
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

    #[test]
    fn a_name_has_nothing_in_it_that_can_not_be_seen() {
        for c in [
            '\u{3164}',
            '\u{ad}',
            '\u{2060}',
            '\u{2800}',
            '\u{61c}',
            '\u{115f}',
            '\u{200b}',
            '\u{e0041}',
            '\u{ffa0}',
            '\u{180e}',
        ] {
            for text in [c.to_string(), format!("Ad{c}min")] {
                assert_eq!(Name::parse(&text), Err(InvalidName), "{text:?}");
            }
        }
        // What joins letters and forms emoji has its place between others, not alone.
        for text in ["می\u{200c}خواهم", "👩\u{200d}🚀", "❤\u{fe0f}"] {
            assert!(Name::parse(text).is_ok(), "{text:?}");
        }
        for text in ["\u{200d}", "\u{200c} \u{fe0f}"] {
            assert_eq!(Name::parse(text), Err(InvalidName), "{text:?}");
        }
    }
}
