//! Mails that somebody asked for at the sign-in page, perhaps with an address that is not theirs.

use super::link::{RESET_PATH, SIGN_IN_PATH, VERIFY_PATH, to as link_to, with_token};
use crate::notify::Mail;
use domain::account::Email;

/// Asks for a click on a link, which works for 24 hours. Says that the account can't be used before,
/// where that `is_required`.
#[must_use]
pub fn verify_address(to: Email, public_url: &str, token: &str, is_required: bool) -> Mail {
    let link = with_token(public_url, VERIFY_PATH, token);
    let without = if is_required {
        "the account can't be used"
    } else {
        "the address does not count as confirmed"
    };
    let text = format!(
        "Welcome to CryptoVault.\n\n\
         Please confirm that this is your e-mail address by opening this link within 24 hours:\n\n\
         {link}\n\n\
         If you did not register at {public_url}, you need not do anything: without the link \
         {without}.\n"
    );
    Mail::new(to, "Confirm your e-mail address", text)
}

/// Tells the owner of an account that somebody tried to register with its address.
#[must_use]
pub fn address_in_use(to: Email, public_url: &str) -> Mail {
    let sign_in = link_to(public_url, SIGN_IN_PATH);
    let text = format!(
        "Somebody tried to register at CryptoVault with this e-mail address, but you have an \
         account already.\n\n\
         If it was you, sign in here, or choose a new password there if you forgot yours:\n\n\
         {sign_in}\n\n\
         If it was not you, you need not do anything. Your account has not been changed.\n"
    );
    Mail::new(to, "You already have an account", text)
}

/// Offers a link to choose a new password, which works for 30 minutes.
#[must_use]
pub fn reset_password(to: Email, public_url: &str, token: &str) -> Mail {
    let link = with_token(public_url, RESET_PATH, token);
    let text = format!(
        "Somebody asked for a new password for your CryptoVault account.\n\n\
         If it was you, choose one within 30 minutes here:\n\n\
         {link}\n\n\
         If it was not you, you need not do anything: your password stays as it is. Never give \
         this link to anybody, not even to people who say that they help you.\n"
    );
    Mail::new(to, "Choose a new password", text)
}
