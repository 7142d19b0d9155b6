//! Accounts. Each function takes the fields of one form: whatever is typed is read here, so that a
//! slip is told beside its field.

pub mod api_keys;
#[cfg(feature = "ssr")]
pub(crate) mod caller;
pub mod me;
pub mod password;
pub mod register;
pub mod second_factor;
pub mod sessions;
pub mod sign_in;
#[cfg(feature = "ssr")]
pub(crate) mod waiting;
pub mod wallet;

use crate::{account::Outcome, client::ApiClient, error::AppError};
