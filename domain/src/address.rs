//! Where a visitor may be led: paths of this site and nowhere else.

/// Longest address that is followed, in bytes; every address of ours is far shorter.
const MAX_LENGTH: usize = 2_048;

/// `address` as a `Location` header takes it, when it is a path on this site, with or without a
/// query. `None` for everything that a browser might take for another host (`//host`, `\\host`,
/// `https:`), for control characters, which browsers leave out before they look, and for what is
/// longer than 2,048 bytes.
///
/// Only printable ASCII stands in a header: the rest is percent-encoded (RFC 3986 §2.1).
#[must_use]
pub fn same_site(address: &str) -> Option<String> {
    let mut characters = address.chars();
    let rooted = characters.next() == Some('/');
    let elsewhere = characters.next() == Some('/');
    let clean = !address.contains(|c: char| c.is_control() || c == '\\');
    (rooted && !elsewhere && clean && address.len() <= MAX_LENGTH).then(|| encoded(address))
}

/// Percent-encodes what is no printable ASCII.
#[must_use]
pub fn encoded(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Percent-encodes a text that is to stand as one value in a query.
#[must_use]
pub fn value(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            value.push(char::from(byte));
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::{same_site, value};

    #[test]
    fn a_value_ends_no_other_value() {
        assert_eq!(
            value("/markets?sort=a&b#c é"),
            "/markets%3Fsort%3Da%26b%23c%20%C3%A9"
        );
    }

    #[test]
    fn paths_of_this_site_are_followed() {
        for good in ["/", "/markets?sort=price&order=desc", "/coins/bitcoin"] {
            assert_eq!(same_site(good).as_deref(), Some(good));
        }
        let encoded = same_site("/markets?search=über 1");
        assert_eq!(encoded.as_deref(), Some("/markets?search=%C3%BCber%201"));
    }

    #[test]
    fn nothing_leads_elsewhere() {
        for bad in [
            "",
            "markets",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\nb",
            "/a\r\nSet-Cookie: a=b",
            "/\t/evil.example",
            "/a\u{85}b",
        ] {
            assert_eq!(same_site(bad), None, "{bad:?}");
        }
        let endless = format!("/{}", "a".repeat(2_048));
        assert_eq!(same_site(&endless), None);
    }
}
