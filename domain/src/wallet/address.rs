//! Addresses of other people's wallets, checked for their network.

use super::{bitcoin, ethereum, network::Network, solana};
use std::fmt;

/// Longest address there is, in characters (BIP-173).
const MAX_CHARS: usize = 90;

/// An address money can be sent to on one network, in the one form it is written in: with its
/// checksum in the letters' case on Ethereum, in small letters where Bitcoin leaves it open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WithdrawalAddress {
    network: Network,
    text: String,
}

/// Why a text is no address of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Nothing of Bitcoin's.
    #[error("must be a Bitcoin address, which begins with 1, 3 or bc1")]
    NotBitcoin,
    /// Bitcoin, but worthless.
    #[error("must be an address of Bitcoin's main network, and this one is of a test network")]
    TestNetwork,
    /// Nothing of Ethereum's.
    #[error("must be an Ethereum address: 0x and 40 hexadecimal digits")]
    NotEthereum,
    /// Nothing of Solana's.
    #[error("must be a Solana address: 32 bytes in base58, which take 32 to 44 characters")]
    NotSolana,
    /// A character that no address of its kind has.
    #[error("has the character {0:?}, which no address of this kind has")]
    Character(char),
    /// Small and capital letters where only one of them may be.
    #[error("has small and capital letters mixed, and must have only one of them")]
    MixedCase,
    /// The checksum of Bitcoin's addresses.
    #[error("has a wrong checksum: a character is wrong, missing or too many")]
    Checksum,
    /// The checksum of Ethereum's addresses.
    #[error("has its capital letters in the wrong places (EIP-55): a character is wrong")]
    Eip55,
    /// Right in itself, but nothing that Bitcoin knows.
    #[error("has a length or a version that Bitcoin does not know")]
    Program,
}

impl WithdrawalAddress {
    /// Reads an address of this network; spaces around it don't count.
    ///
    /// # Errors
    /// [`InvalidAddress`] says what is wrong with it.
    pub fn parse(network: Network, text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        // Reading base58 takes the square of its length.
        let is_short = text.len() <= MAX_CHARS;
        let text = match network {
            Network::Bitcoin if is_short => bitcoin::read(text)?,
            Network::Ethereum if is_short => ethereum::read(text)?,
            Network::Solana if is_short => solana::read(text)?,
            Network::Bitcoin => return Err(InvalidAddress::NotBitcoin),
            Network::Ethereum => return Err(InvalidAddress::NotEthereum),
            Network::Solana => return Err(InvalidAddress::NotSolana),
        };
        Ok(Self { network, text })
    }

    /// Where it counts.
    #[must_use]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The address, as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for WithdrawalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each network one.
    const GOOD: [(Network, &str); 3] = [
        (
            Network::Bitcoin,
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            Network::Ethereum,
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        ),
        (
            Network::Solana,
            "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T",
        ),
    ];

    #[test]
    fn an_address_counts_on_its_own_network_only() {
        for (network, text) in GOOD {
            for other in Network::ALL {
                let read = WithdrawalAddress::parse(other, text);
                assert_eq!(read.is_ok(), other == network, "{text} on {other}");
            }
        }
    }

    #[test]
    fn spaces_around_an_address_do_not_count_and_those_within_do() {
        for (network, text) in GOOD {
            let spaced = format!(" \t{text}\n");
            let read = WithdrawalAddress::parse(network, &spaced);
            assert_eq!(
                read.as_ref().map(WithdrawalAddress::as_str),
                Ok(text),
                "{network}"
            );
            let (start, end) = text.split_at(10);
            let within = WithdrawalAddress::parse(network, &format!("{start} {end}"));
            assert!(within.is_err(), "{network}");
        }
    }

    #[test]
    fn nothing_and_far_too_much_are_no_addresses() {
        for (network, error) in [
            (Network::Bitcoin, InvalidAddress::NotBitcoin),
            (Network::Ethereum, InvalidAddress::NotEthereum),
            (Network::Solana, InvalidAddress::NotSolana),
        ] {
            for text in ["", " ", &"1".repeat(1_000_000)] {
                assert_eq!(WithdrawalAddress::parse(network, text), Err(error));
            }
        }
    }
}
