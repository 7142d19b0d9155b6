//! Addresses of Bitcoin's main network: base58check for pay-to-public-key-hash and
//! pay-to-script-hash, bech32 (BIP-173) for witness version 0 and bech32m (BIP-350) from version 1 on.

use super::address::InvalidAddress;
use bech32::{
    hrp,
    primitives::decode::{CharError, SegwitHrpstringError, UncheckedHrpstringError},
    segwit,
};

/// First byte of a pay-to-public-key-hash address.
const PUBLIC_KEY_HASH: u8 = 0x00;
/// First byte of a pay-to-script-hash address.
const SCRIPT_HASH: u8 = 0x05;
/// The same two on the test networks.
const TEST_PUBLIC_KEY_HASH: u8 = 0x6f;
const TEST_SCRIPT_HASH: u8 = 0xc4;
/// Bytes of the hash behind it.
const HASH_BYTES: usize = 20;

/// The address as it is written: bech32 in small letters.
pub(super) fn read(text: &str) -> Result<String, InvalidAddress> {
    let small = text.to_ascii_lowercase();
    match small.as_bytes() {
        [b'b', b'c', b'1', ..] => witness_program(text).map(|()| small),
        [b't', b'b', b'1', ..] | [b'b', b'c', b'r', b't', b'1', ..] => {
            Err(InvalidAddress::TestNetwork)
        }
        [b'1' | b'3' | b'2' | b'm' | b'n', ..] => hash(text).map(|()| text.to_owned()),
        _ => Err(InvalidAddress::NotBitcoin),
    }
}

/// Checks bech32: the checksum that goes with the version, the version, the length of the program.
fn witness_program(text: &str) -> Result<(), InvalidAddress> {
    let (part, _version, _program) = segwit::decode(text).map_err(|error| refused(&error.0))?;
    // The last `1` ends the part before it: there may be another one.
    let is_main = part == hrp::BC;
    is_main.then_some(()).ok_or(InvalidAddress::NotBitcoin)
}

fn refused(error: &SegwitHrpstringError) -> InvalidAddress {
    match error {
        SegwitHrpstringError::Unchecked(UncheckedHrpstringError::Char(error)) => match error {
            CharError::InvalidChar(letter) => InvalidAddress::Character(*letter),
            CharError::MixedCase => InvalidAddress::MixedCase,
            _ => InvalidAddress::NotBitcoin,
        },
        SegwitHrpstringError::Unchecked(_) | SegwitHrpstringError::NoData => {
            InvalidAddress::NotBitcoin
        }
        SegwitHrpstringError::Checksum(_) => InvalidAddress::Checksum,
        _ => InvalidAddress::Program,
    }
}

/// Checks base58check: the checksum, the version, the length of the hash.
fn hash(text: &str) -> Result<(), InvalidAddress> {
    let bytes = bs58::decode(text).with_check(None).into_vec();
    let bytes = bytes.map_err(|error| match error {
        bs58::decode::Error::InvalidCharacter { character, .. } => {
            InvalidAddress::Character(character)
        }
        bs58::decode::Error::NonAsciiCharacter { index } => {
            let letter = text.get(index..).and_then(|rest| rest.chars().next());
            letter.map_or(InvalidAddress::NotBitcoin, InvalidAddress::Character)
        }
        _ => InvalidAddress::Checksum,
    })?;
    match bytes.split_first() {
        Some((version, hash)) if hash.len() == HASH_BYTES => known(*version),
        _ => Err(InvalidAddress::Program),
    }
}

fn known(version: u8) -> Result<(), InvalidAddress> {
    match version {
        PUBLIC_KEY_HASH | SCRIPT_HASH => Ok(()),
        TEST_PUBLIC_KEY_HASH | TEST_SCRIPT_HASH => Err(InvalidAddress::TestNetwork),
        _ => Err(InvalidAddress::Program),
    }
}

#[cfg(test)]
mod tests;
