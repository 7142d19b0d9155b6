//! Which marks separate groups and decimals, chosen from what the browser says it prefers.

use serde::{Deserialize, Serialize};

/// How numbers are written. The words of the pages are English; only numbers follow the visitor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// `1,234,567.89`: English, Chinese, Japanese, Korean, Hebrew, Thai, Mexican Spanish.
    #[default]
    Comma,
    /// `12,34,567.89`: India.
    Indian,
    /// `1.234.567,89`: German, Spanish, Italian, Dutch, Portuguese, Turkish, Danish, Indonesian.
    Dot,
    /// `1 234 567,89` with no-break spaces: French, Russian, Polish, Czech, Swedish, Norwegian,
    /// Finnish, Ukrainian, Hungarian.
    Space,
    /// `1’234’567.89`: Switzerland.
    Apostrophe,
}

impl Locale {
    /// The mark between the integer part and the fraction.
    #[must_use]
    pub const fn decimal(self) -> char {
        match self {
            Self::Comma | Self::Indian | Self::Apostrophe => '.',
            Self::Dot | Self::Space => ',',
        }
    }

    /// The mark between groups of digits.
    #[must_use]
    pub const fn group(self) -> char {
        match self {
            Self::Comma | Self::Indian => ',',
            Self::Dot => '.',
            Self::Space => '\u{a0}',
            Self::Apostrophe => '\u{2019}',
        }
    }

    /// Whether a mark stands before the digit that has `following` digits after it.
    pub(super) const fn groups_before(self, following: usize) -> bool {
        match self {
            Self::Indian => following == 3 || (following > 3 && following % 2 == 1),
            _ => following > 0 && following.is_multiple_of(3),
        }
    }

    /// The best locale for an `Accept-Language` header (RFC 9110, 12.5.4): the most preferred
    /// language known here, [`Locale::Comma`] when there is none.
    #[must_use]
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for item in accept_language.split(',').take(32) {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(weight).unwrap_or(1000);
            let Some(locale) = Self::of_tag(tag) else {
                continue;
            };
            if weight > 0 && best.is_none_or(|(other, _)| weight > other) {
                best = Some((weight, locale));
            }
        }
        best.map_or_else(Self::default, |(_, locale)| locale)
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split('-');
        let language = parts.next()?;
        let region = parts.find(|part| part.len() == 2);
        let locale = match (language, region) {
            ("de" | "it" | "fr", Some("ch")) | ("de", Some("li")) => Self::Apostrophe,
            ("en", Some("in")) | ("hi" | "bn" | "ta" | "te" | "mr" | "gu" | "kn" | "ml", _) => {
                Self::Indian
            }
            ("es", Some("mx" | "us" | "gt" | "hn" | "ni" | "pa" | "pe" | "sv" | "do" | "pr")) => {
                Self::Comma
            }
            ("en" | "zh" | "ja" | "ko" | "he" | "th", _) => Self::Comma,
            (
                "de" | "es" | "it" | "nl" | "pt" | "tr" | "da" | "id" | "el" | "ro" | "hr" | "sl"
                | "sr" | "vi" | "ca" | "is",
                _,
            ) => Self::Dot,
            (
                "fr" | "ru" | "pl" | "cs" | "sk" | "sv" | "nb" | "nn" | "no" | "fi" | "uk" | "hu"
                | "bg" | "et" | "lv" | "lt",
                _,
            ) => Self::Space,
            _ => return None,
        };
        Some(locale)
    }
}

/// `q=0.8` as thousandths; `None` for other parameters.
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.trim().strip_prefix("q=")?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let thousandths: u16 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(whole.parse::<u16>().ok()?.min(1) * 1000 + thousandths)
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn the_most_preferred_known_language_wins() {
        for (header, expected) in [
            ("", Locale::Comma),
            ("*", Locale::Comma),
            ("de-DE,de;q=0.9,en;q=0.8", Locale::Dot),
            ("en;q=0.7, fr-FR;q=0.9", Locale::Space),
            ("tlh, de;q=0.5", Locale::Dot),
            ("de-CH", Locale::Apostrophe),
            ("zh-Hant-TW", Locale::Comma),
            ("en-IN,en;q=0.9", Locale::Indian),
            ("es-MX", Locale::Comma),
            ("es-AR", Locale::Dot),
            ("de;q=0, en", Locale::Comma),
            ("de;q=nonsense", Locale::Dot),
        ] {
            assert_eq!(Locale::negotiate(header), expected, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(header in ".{0,80}") {
            let _locale = Locale::negotiate(&header);
        }
    }
}
