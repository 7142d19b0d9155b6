use super::*;
use bech32::Fe32;
use proptest::prelude::*;

/// Of the genesis block, the first pay-to-script-hash example (BIP-13), and one of a hash of zeros.
const BASE58: [&str; 3] = [
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
    "1111111111111111111114oLvT2",
];

/// From BIP-350, those of the main network.
const BECH32: [&str; 5] = [
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
];

#[test]
fn addresses_of_the_main_network_are_read() {
    for text in BASE58 {
        assert_eq!(read(text).as_deref(), Ok(text));
    }
    for text in BECH32 {
        assert_eq!(read(text), Ok(text.to_ascii_lowercase()));
    }
}

#[test]
fn addresses_of_test_networks_are_refused() {
    for text in [
        "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
        "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
        // From BIP-173 and BIP-350.
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
        "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
        "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    ] {
        assert_eq!(read(text), Err(InvalidAddress::TestNetwork), "{text}");
    }
}

/// The lists of what is invalid in BIP-173 and BIP-350.
#[test]
fn the_invalid_examples_of_bip_173_and_bip_350_are_refused_for_their_reason() {
    use InvalidAddress::{Character, Checksum, MixedCase, NotBitcoin, Program, TestNetwork};
    for (text, why) in [
        ("tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", NotBitcoin),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", Checksum),
        ("BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2", Program),
        ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", Program),
        (
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
            TestNetwork,
        ),
        (
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv",
            TestNetwork,
        ),
        // Valid in BIP-173, but of versions that BIP-350 gave another checksum.
        ("BC1SW50QA3JX3S", Checksum),
        ("bc1zw508d6qejxtdg4y5r3zarvaryvg6kdaj", Checksum),
        (
            "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx",
            Checksum,
        ),
        (
            "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
            NotBitcoin,
        ),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
            Checksum,
        ),
        (
            "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
            TestNetwork,
        ),
        (
            "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
            Checksum,
        ),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", Checksum),
        (
            "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
            TestNetwork,
        ),
        (
            "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
            Character('o'),
        ),
        (
            "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
            Program,
        ),
        ("bc1pw5dgrnzv", Program),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
            Program,
        ),
        (
            "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
            TestNetwork,
        ),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
            Program,
        ),
        (
            "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
            TestNetwork,
        ),
        ("bc1gmk9yu", Checksum),
        // Ours: of the main network, with both cases.
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3t4", MixedCase),
    ] {
        assert_eq!(read(text), Err(why), "{text}");
    }
    // Of BIP-173, with its checksum for later versions: refused, whatever comes first.
    for text in [
        "bc1rw5uspcuh",
        "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
        "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn other_currencies_and_names_are_no_addresses() {
    for text in [
        "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1",
        "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L",
        "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
    ] {
        assert_eq!(read(text), Err(InvalidAddress::NotBitcoin), "{text}");
    }
    // The checksum is right and the version unknown.
    let odd = bs58::encode([[7; 21].as_slice(), &[]].concat()).with_check();
    let odd = format!("1{}", odd.into_string());
    assert!(read(&odd).is_err());
}

/// A hash of 20 bytes in base58check.
fn base58() -> impl Strategy<Value = String> {
    let version = prop_oneof![Just(PUBLIC_KEY_HASH), Just(SCRIPT_HASH)];
    (version, any::<[u8; HASH_BYTES]>()).prop_map(|(version, hash)| {
        let bytes = [[version].as_slice(), hash.as_slice()].concat();
        bs58::encode(bytes).with_check().into_string()
    })
}

/// A program of any length that its version may have.
fn bech32_text() -> impl Strategy<Value = String> {
    let program = |lengths| prop::collection::vec(any::<u8>(), lengths);
    let short = (Just(0_u8), program(20..=20));
    let long = (Just(0_u8), program(32..=32));
    let later = (1_u8..=16, program(2..=40));
    let any = prop_oneof![short, long, later];
    any.prop_filter_map("bech32 encodes it", |(version, program)| {
        let version = Fe32::try_from(version).ok()?;
        segwit::encode(hrp::BC, version, &program).ok()
    })
}

/// Puts another character in the place of one.
fn mistyped(text: &str, place: prop::sample::Index, letter: char) -> Option<String> {
    let index = place.index(text.len());
    let mut wrong = text.to_owned();
    wrong.replace_range(index..=index, letter.encode_utf8(&mut [0; 4]));
    (wrong != text).then_some(wrong)
}

/// Mostly what may stand in an address, sometimes anything.
fn letter() -> impl Strategy<Value = char> {
    prop_oneof![3 => "[0-9A-Za-z]".prop_map(|text| text.chars().next().unwrap_or('1')), 1 => any::<char>()]
}

proptest! {
    #[test]
    fn every_address_is_read(text in prop_oneof![base58(), bech32_text()]) {
        prop_assert_eq!(read(&text), Ok(text));
    }

    #[test]
    fn an_address_with_one_character_changed_is_refused(
        text in prop_oneof![base58(), bech32_text()],
        place in any::<prop::sample::Index>(),
        letter in letter(),
    ) {
        if let Some(wrong) = mistyped(&text, place, letter) {
            prop_assert!(read(&wrong).is_err(), "{} for {}", wrong, text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _read = read(&text);
    }
}
