//! Ethereum addresses.

use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};
use std::fmt;

/// An address of 20 bytes, kept in small letters: `0x` and 40 hexadecimal digits. The checksum in
/// the letters' case (EIP-55) is verified where it is claimed, in signed messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"))]
#[serde(try_from = "String", into = "String")]
pub struct EthAddress(String);

/// A text that is no Ethereum address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an Ethereum address: 0x and 40 hexadecimal digits")]
pub struct InvalidEthAddress;

impl EthAddress {
    /// Reads an address in any case.
    ///
    /// # Errors
    /// [`InvalidEthAddress`] unless it is `0x` and 40 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidEthAddress> {
        let digits = text.trim().strip_prefix("0x").ok_or(InvalidEthAddress)?;
        if digits.len() != 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidEthAddress);
        }
        Ok(Self(format!("0x{}", digits.to_ascii_lowercase())))
    }

    /// The address in small letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with its checksum in the letters' case (EIP-55): a letter is a capital where the
    /// Keccak-256 of the small digits has an 8 or more at its place.
    #[must_use]
    pub fn checksummed(&self) -> String {
        let digits = self.0.trim_start_matches("0x");
        let hash = Keccak256::digest(digits);
        let places = hash.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digits = digits.chars().zip(places).map(|(digit, place)| {
            if place >= 8 {
                digit.to_ascii_uppercase()
            } else {
                digit
            }
        });
        "0x".chars().chain(digits).collect()
    }
}

impl fmt::Display for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EthAddress {
    type Error = InvalidEthAddress;

    fn try_from(text: String) -> Result<Self, InvalidEthAddress> {
        Self::parse(&text)
    }
}

impl From<EthAddress> for String {
    fn from(address: EthAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_whatever_its_case() {
        let mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        assert_eq!(
            EthAddress::parse(mixed),
            EthAddress::parse(&mixed.to_ascii_lowercase())
        );
        for text in [
            "",
            "0x",
            "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
        ] {
            assert_eq!(EthAddress::parse(text), Err(InvalidEthAddress), "{text}");
        }
    }
}
