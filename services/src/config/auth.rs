//! Keys of accounts.

use super::{AppEnv, reader::Reader, secret::Secret};

/// Shortest accepted signing key, in bytes (RFC 7518 §3.2 for HS256).
pub const MIN_JWT_SECRET_BYTES: usize = 32;

/// `JWT_SECRET`. Required in production from the start, so that an installation that runs today
/// still starts once accounts sign tokens with it.
#[derive(Debug, Clone, Default)]
pub struct AuthConfig {
    /// Signing key.
    pub jwt_secret: Option<Secret>,
}

impl AuthConfig {
    pub(super) fn read(reader: &mut Reader, env: AppEnv) -> Self {
        if env == AppEnv::Production && reader.raw("JWT_SECRET").is_none() {
            let reason = "is required in production: at least 32 random bytes, \
                          for example from `openssl rand -base64 48`";
            reader.mistake("JWT_SECRET", reason);
        }
        let parse = |text: &str| {
            if text.len() < MIN_JWT_SECRET_BYTES {
                return Err(format!("must have at least {MIN_JWT_SECRET_BYTES} bytes"));
            }
            Ok(Secret::new(text))
        };
        Self {
            jwt_secret: reader.optional("JWT_SECRET", parse, |secret| format!("{secret:?}")),
        }
    }
}
