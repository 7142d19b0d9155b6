//! What the owner of an allow-list calls an address.

use crate::account::Name;
use serde::{Deserialize, Serialize};

/// A label: 1 to 60 characters that can be seen, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "openapi",
    schema(value_type = String, min_length = 1, max_length = 60, example = "Cold storage")
)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

/// A text that is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 60 visible characters")]
pub struct InvalidLabel;

impl Label {
    /// Most characters.
    pub const MAX_CHARS: usize = 60;

    /// Reads a label.
    ///
    /// # Errors
    /// [`InvalidLabel`] when it is empty, too long or holds characters that can't be seen.
    pub fn parse(text: &str) -> Result<Self, InvalidLabel> {
        // A name's rule says what can be seen.
        let name = Name::parse(text).map_err(|_| InvalidLabel)?;
        if name.as_str().chars().count() > Self::MAX_CHARS {
            return Err(InvalidLabel);
        }
        Ok(Self(name.into()))
    }

    /// A label that was accepted when it was given; the rules may have become stricter since.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = InvalidLabel;

    fn try_from(text: String) -> Result<Self, InvalidLabel> {
        Self::parse(&text)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_be_in_any_script() {
        for text in [
            "Cold storage",
            "Zoë 李",
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            &"ü".repeat(60),
        ] {
            let spaced = format!("  {text} ");
            let label = Label::parse(&spaced);
            assert_eq!(label.as_ref().map(Label::as_str), Ok(text));
        }
    }

    #[test]
    fn what_can_not_be_seen_is_no_label() {
        for text in [
            "",
            "  ",
            "a\nb",
            "\u{202e}dloC",
            "\u{200d}",
            "Cold\u{ad} storage",
            "\u{3164}",
            "\u{2800}",
            &"x".repeat(61),
        ] {
            assert_eq!(Label::parse(text), Err(InvalidLabel), "{text:?}");
        }
    }
}
