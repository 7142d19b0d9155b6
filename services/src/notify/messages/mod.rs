//! What mails say. Plain functions: the address, the public address of this desk, and what
//! happened.
//!
//! Nothing that a visitor typed gets into a mail to an address that is not verified yet: anybody
//! can register somebody else's.

mod address;
mod link;
mod phone;
mod security;
mod webhook;
mod withdrawal;

pub use address::{address_in_use, reset_password, verify_address};
pub use link::{RESET_PATH, SIGN_IN_PATH, VERIFY_PATH};
pub use phone::phone_code;
pub use security::{
    SignIn, new_sign_in, password_changed, second_factor_disabled, second_factor_enabled,
};
pub use webhook::{webhook_enabled, webhook_made};
pub use withdrawal::{Allowed, address_added, address_enabled};

#[cfg(test)]
mod tests;
