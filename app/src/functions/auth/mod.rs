//! Accounts. Each function takes the fields of one form: whatever is typed is read here, so that a
//! slip is told beside its field.

#[cfg(feature = "ssr")]
mod caller;
pub mod password;
pub mod register;
pub mod sign_in;

use crate::{account::Outcome, client::ApiClient, error::AppError};
