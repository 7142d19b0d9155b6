//! What a form of an account has led to.

use serde::{Deserialize, Serialize};

/// What every page shows of the account that is signed in. The rest is asked for where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// What they want to be called.
    pub name: String,
    /// Whether they may see the administration.
    pub is_admin: bool,
}

#[cfg(feature = "ssr")]
impl From<&services::store::UserRecord> for Viewer {
    fn from(user: &services::store::UserRecord) -> Self {
        Self {
            name: user.name.as_str().to_owned(),
            is_admin: user.role == domain::account::Role::Admin,
        }
    }
}

/// How it goes on. A browser without scripts is led there by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Who is signed in now.
    pub user: Option<Viewer>,
    /// The page to go to, of this site.
    pub next: String,
}
