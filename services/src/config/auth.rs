//! Keys of accounts, and who may have one.

use super::{AppEnv, reader::Reader, secret::Secret, values};
use domain::account::Email;

/// Shortest accepted signing key, in bytes (RFC 7518 §3.2 for HS256).
pub const MIN_JWT_SECRET_BYTES: usize = 32;

/// `JWT_SECRET JWT_SECRET_PREVIOUS REQUIRE_EMAIL_VERIFICATION ADMIN_EMAIL`.
#[derive(Debug, Clone, Default)]
pub struct AuthConfig {
    /// Signing key; required in production.
    pub jwt_secret: Option<Secret>,
    /// The key before this one: what it signed stays valid until it expires.
    pub jwt_secret_previous: Option<Secret>,
    /// Whether an account can be used only after the link in a mail was followed.
    pub require_email_verification: bool,
    /// Who becomes an administrator at the first start.
    pub admin_email: Option<Email>,
}

impl AuthConfig {
    pub(super) fn read(reader: &mut Reader, env: AppEnv) -> Self {
        if env == AppEnv::Production && reader.raw("JWT_SECRET").is_none() {
            let reason = "is required in production: at least 32 random bytes, \
                          for example from `openssl rand -base64 48`";
            reader.mistake("JWT_SECRET", reason);
        }
        let jwt_secret = signing_key(reader, "JWT_SECRET");
        let jwt_secret_previous = signing_key(reader, "JWT_SECRET_PREVIOUS");
        if jwt_secret_previous.is_some() && jwt_secret_previous == jwt_secret {
            let reason = "is the same as JWT_SECRET; it is for the key that was used before";
            reader.mistake("JWT_SECRET_PREVIOUS", reason);
        }
        let email = |text: &str| Email::parse(text).map_err(|error| error.to_string());
        Self {
            jwt_secret,
            jwt_secret_previous,
            require_email_verification: require_email_verification(reader, env),
            admin_email: reader.optional("ADMIN_EMAIL", email, ToString::to_string),
        }
    }
}

fn signing_key(reader: &mut Reader, variable: &'static str) -> Option<Secret> {
    let parse = |text: &str| {
        if text.len() < MIN_JWT_SECRET_BYTES {
            return Err(format!("must have at least {MIN_JWT_SECRET_BYTES} bytes"));
        }
        Ok(Secret::new(text))
    };
    reader.optional(variable, parse, |secret| format!("{secret:?}"))
}

/// In development mails that need no server go to files, so verification works without `SMTP_URL`.
fn require_email_verification(reader: &mut Reader, env: AppEnv) -> bool {
    let in_production = env == AppEnv::Production;
    let required = reader.value(
        "REQUIRE_EMAIL_VERIFICATION",
        in_production,
        values::flag,
        ToString::to_string,
    );
    if required && in_production && reader.raw("SMTP_URL").is_none() {
        let reason = "is required in production, because new addresses are verified by mail; \
                      or set REQUIRE_EMAIL_VERIFICATION=false";
        reader.mistake("SMTP_URL", reason);
    }
    required
}
