//! Telephone numbers.

use std::fmt;

/// A number as E.164 writes it: `+`, country code, subscriber; at most 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// A text that is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a telephone number with its country code, such as +4930123456")]
pub struct InvalidPhoneNumber;

impl PhoneNumber {
    /// Most digits (ITU-T E.164 §6).
    const MAX_DIGITS: usize = 15;
    /// Fewer digits are no subscriber anywhere.
    const MIN_DIGITS: usize = 7;

    /// Reads a number. Spaces, dots, hyphens and brackets between its digits are left out.
    ///
    /// # Errors
    /// [`InvalidPhoneNumber`] for anything else, and for a number without its country code.
    pub fn parse(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let number = text.trim().strip_prefix('+').ok_or(InvalidPhoneNumber)?;
        let is_filler = |letter: char| matches!(letter, ' ' | '.' | '-' | '(' | ')');
        let digits: String = number
            .chars()
            .filter(|letter| !is_filler(*letter))
            .collect();
        let long_enough = (Self::MIN_DIGITS..=Self::MAX_DIGITS).contains(&digits.len());
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        // No country code begins with 0.
        if !long_enough || !all_digits || digits.starts_with('0') {
            return Err(InvalidPhoneNumber);
        }
        Ok(Self(format!("+{digits}")))
    }

    /// The number, with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPhoneNumber, PhoneNumber};

    #[test]
    fn a_number_is_kept_without_what_people_write_between_its_digits() {
        for text in ["+4930123456", " +49 (30) 12-34.56 "] {
            let number = PhoneNumber::parse(text);
            assert_eq!(number.as_ref().map(PhoneNumber::as_str), Ok("+4930123456"));
        }
    }

    #[test]
    fn what_no_network_could_reach_is_refused() {
        for text in [
            "",
            "+",
            "030123456",
            "+0123456789",
            "+123456",
            "+1234567890123456",
            "+49301234a6",
            "+4930123456\r\nFrom: x",
            "++4930123456",
        ] {
            assert_eq!(
                PhoneNumber::parse(text),
                Err(InvalidPhoneNumber),
                "{text:?}"
            );
        }
    }
}
