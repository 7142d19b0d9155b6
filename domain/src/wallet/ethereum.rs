//! Addresses of Ethereum: 20 bytes, with a checksum in the case of their letters (EIP-55).

use super::address::InvalidAddress;
use crate::account::EthAddress;

/// The address with its checksum.
///
/// All small and all capital letters are an address that claims no checksum (EIP-55); mixed ones
/// claim one.
pub(super) fn read(text: &str) -> Result<String, InvalidAddress> {
    let address = EthAddress::parse(text).map_err(|_| InvalidAddress::NotEthereum)?;
    let digits = text.trim_start_matches("0x");
    let has = |is: fn(&u8) -> bool| digits.bytes().any(|digit| is(&digit));
    let claims_one = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let checksummed = address.checksummed();
    if claims_one && checksummed != text {
        return Err(InvalidAddress::Eip55);
    }
    Ok(checksummed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From EIP-55: all capitals, all small letters, mixed.
    const OFFICIAL: [&str; 8] = [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn the_examples_of_eip_55_are_read_in_any_one_case_and_written_with_their_checksum() {
        for text in OFFICIAL {
            let digits = text.trim_start_matches("0x");
            let small = format!("0x{}", digits.to_ascii_lowercase());
            let capital = format!("0x{}", digits.to_ascii_uppercase());
            for form in [text, &small, &capital] {
                assert_eq!(read(form).as_deref(), Ok(text), "{form}");
            }
        }
    }

    #[test]
    fn a_letter_in_the_wrong_case_or_another_digit_is_refused() {
        for text in &OFFICIAL[4..] {
            for (index, letter) in text.char_indices().skip(2) {
                let other = match letter {
                    'a'..='z' => letter.to_ascii_uppercase(),
                    'A'..='Z' => letter.to_ascii_lowercase(),
                    _ => continue,
                };
                let mut wrong = (*text).to_owned();
                wrong.replace_range(index..=index, other.encode_utf8(&mut [0; 4]));
                assert_eq!(read(&wrong), Err(InvalidAddress::Eip55), "{wrong}");
            }
        }
        let mistyped = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee";
        assert_eq!(read(mistyped), Err(InvalidAddress::Eip55));
    }

    #[test]
    fn what_has_another_form_is_no_address() {
        for text in [
            "",
            "0x",
            "52908400098527886E0F7030069857D2E4169EE7",
            "0X52908400098527886E0F7030069857D2E4169EE7",
            "0x52908400098527886E0F7030069857D2E4169EE",
            "0x52908400098527886E0F7030069857D2E4169EE70",
            "0x52908400098527886E0F7030069857D2E4169EEG",
            "vitalik.eth",
        ] {
            assert_eq!(read(text), Err(InvalidAddress::NotEthereum), "{text}");
        }
    }
}
