//! Who mails come from.

use domain::account::Email;
use std::fmt;

/// The sender of mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom {
    /// What a mail program shows.
    pub name: Option<String>,
    /// The address.
    pub email: Email,
}

impl MailFrom {
    /// Reads `Name <a@b>` or `a@b`.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || "must be an address such as CryptoVault <vault@example.com>".to_owned();
        let (name, address) = match text.strip_suffix('>') {
            Some(text) => text.split_once('<').ok_or_else(expected)?,
            None => ("", text),
        };
        let name = name.trim();
        let quoted = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'));
        let name = quoted.unwrap_or(name);
        let is_odd = |letter: char| letter.is_control() || "<>\"\\".contains(letter);
        if name.chars().count() > 64 || name.contains(is_odd) {
            return Err(expected());
        }
        Ok(Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            email: Email::parse(address).map_err(|_| expected())?,
        })
    }
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.email),
            None => self.email.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MailFrom;

    #[test]
    fn a_sender_has_an_address_and_perhaps_a_name() {
        for (text, shown) in [
            ("vault@example.com", "vault@example.com"),
            ("<vault@example.com>", "vault@example.com"),
            (
                "Crypto Vault <vault@example.com>",
                "Crypto Vault <vault@example.com>",
            ),
            (
                "\"Tresor, Köln\" <vault@example.com>",
                "Tresor, Köln <vault@example.com>",
            ),
        ] {
            let read = MailFrom::parse(text).map(|from| from.to_string());
            assert_eq!(read.as_deref(), Ok(shown));
        }
        for text in [
            "",
            "vault",
            "Vault <vault>",
            "a <b <c@d.example>",
            "a\r\nBcc: x <c@d.example>",
        ] {
            assert!(MailFrom::parse(text).is_err(), "{text:?}");
        }
    }
}
