//! Addresses of Solana: 32 bytes in base58. They have no checksum, so that a mistyped one is noticed
//! only when it gets another length.

use super::address::InvalidAddress;

/// Bytes of a public key or of a program's account.
const BYTES: usize = 32;

/// The address as it is written, which base58 does in one way only.
pub(super) fn read(text: &str) -> Result<String, InvalidAddress> {
    let bytes = bs58::decode(text).into_vec();
    let bytes = bytes.map_err(|error| match error {
        bs58::decode::Error::InvalidCharacter { character, .. } => {
            InvalidAddress::Character(character)
        }
        _ => InvalidAddress::NotSolana,
    })?;
    let is_key = bytes.len() == BYTES;
    is_key
        .then(|| text.to_owned())
        .ok_or(InvalidAddress::NotSolana)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_accounts_are_read() {
        for text in [
            // The token program, wrapped SOL, the system program.
            "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
            "So11111111111111111111111111111111111111112",
            "11111111111111111111111111111111",
        ] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_character_outside_of_base58_is_named() {
        for wrong in ['0', 'O', 'I', 'l', '+', ' '] {
            let text = format!("So1111111111111111111111111111111111111111{wrong}2");
            assert_eq!(read(&text), Err(InvalidAddress::Character(wrong)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn exactly_32_bytes_are_an_address(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let text = bs58::encode(&bytes).into_string();
            let expected = if bytes.len() == BYTES { Ok(text.clone()) } else { Err(InvalidAddress::NotSolana) };
            prop_assert_eq!(read(&text), expected);
        }
    }
}
