//! Links into this desk.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The page that signs in.
pub const SIGN_IN_PATH: &str = "/auth";
/// The page that takes the token of a verification.
pub const VERIFY_PATH: &str = "/auth/verify";
/// The page that takes the token of a reset and a new password.
pub const RESET_PATH: &str = "/auth/reset";

/// `public_url` is a base address without a trailing slash, as the settings keep it.
pub(super) fn to(public_url: &str, path: &str) -> String {
    format!("{}{path}", public_url.trim_end_matches('/'))
}

pub(super) fn with_token(public_url: &str, path: &str, token: &str) -> String {
    let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
    format!("{}?token={token}", to(public_url, path))
}
