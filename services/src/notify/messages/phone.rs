//! The text message that verifies a telephone number.

/// Says the code, and which site wants it. One message of GSM-7 as long as the site's address has at most 70
/// characters.
#[must_use]
pub fn phone_code(public_url: &str, code: &str) -> String {
    let public_url = public_url.trim_end_matches('/');
    format!("{code} is your CryptoVault code. Enter it within 10 minutes at {public_url} only.")
}
