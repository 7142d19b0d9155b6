//! What a form of an account has led to.

use domain::account::User;
use serde::{Deserialize, Serialize};

/// How it goes on. A browser without scripts is led there by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Who is signed in now.
    pub user: Option<User>,
    /// The page to go to, of this site.
    pub next: String,
}
