//! Accounts: who somebody is, and how they show it.
//!
//! Every call that acts for somebody takes the [`Identity`] that [`Auth::authenticate`] or
//! [`Auth::authenticate_key`] has given, and the [`Visitor`] it came from, for the audit log.
//!
//! Sources: OWASP ASVS 5.0 chapters 6, 7 and 9, RFC 8725 (tokens), RFC 6238 (codes), EIP-4361
//! (wallets), NIST SP 800-63B (passwords).

mod admin;
mod api_keys;
pub mod audit;
mod change;
mod device;
mod error;
mod export;
mod flash;
pub(crate) mod keys;
mod letters;
mod login;
mod mail_limit;
mod me;
mod password;
mod pending;
mod phone;
mod register;
mod reseal;
mod reset;
mod seal;
mod sealed;
mod second_factor;
mod secret_file;
mod session_end;
mod sessions;
mod single_use;
mod start;
mod step_up;
mod throttle;
mod tokens;
mod totp;
mod visitor;
mod wallet;

pub use admin::Owner;
pub(crate) use admin::{Acts, By};
pub use api_keys::SignedRequest;
pub use error::{AuthError, KeyRefusal};
pub use flash::FLASH_TTL;
pub use password::{Busy, PoolError};
pub use pending::{CookieChanges, PendingCookies, TokenChange};
pub use phone::MOST_TEXTS;
pub use register::Registered;
pub(crate) use sealed::new_secret;
pub use secret_file::SecretFileError;
pub use start::AuthStartError;
pub use tokens::{ACCESS_TTL, NotSigned, REFRESH_TTL, SESSION_TTL};
pub use visitor::{Access, Credential, Grant, Identity, LoginOutcome, SignedIn, Tokens, Visitor};

use crate::{cache::Cache, clock::Clock, notifications::Teller, notify::Notifier, store::Store};
use audit::Audit;
use keys::Keys;
use password::PasswordPool;
use std::{fmt, ops::Deref, sync::Arc};
use throttle::Throttle;
use tokens::TokenMaker;
use tokio_util::task::TaskTracker;

/// A handle on accounts. Cheap to clone.
#[derive(Clone)]
pub struct Auth(Arc<Parts>);

/// What it is made of: nothing that can be seen from outside.
#[expect(missing_debug_implementations, reason = "holds keys; `Auth` has one")]
pub struct Parts {
    store: Store,
    cache: Arc<dyn Cache>,
    clock: Clock,
    keys: Keys,
    tokens: TokenMaker,
    passwords: PasswordPool,
    throttle: Throttle,
    notifier: Notifier,
    teller: Teller,
    /// What was done.
    audit: Audit,
    rules: Rules,
    /// Work that goes on after the answer.
    tasks: TaskTracker,
}

/// What the settings say.
#[derive(Debug, Clone)]
struct Rules {
    /// Scheme, host and port people use.
    public_url: String,
    /// Whether an account can be used only after the link in the mail was followed.
    require_verification: bool,
}

impl Auth {
    /// Passwords that wait to be hashed or compared, and how many may.
    pub(crate) fn password_queue(&self) -> (usize, usize) {
        self.passwords.queue()
    }
}

impl Deref for Auth {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
