//! How callers say who they are, described in one place.

use crate::session::cookies;
use utoipa::openapi::{
    Components,
    path::Operation,
    security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
};

/// A browser that has signed in.
const SESSION: &str = "Session";
/// A program with a key.
const KEY: &str = "ApiKey";
const SIGNED: &str = "The id of a key made at `POST /api/auth/api-keys`. Two more headers go with it: \
    `X-Timestamp`, seconds since 1970, at most 30 s off; and `X-Signature`, the HMAC-SHA256 of timestamp, method, \
    path with query, and body, by the key's secret, in hexadecimal digits. Each signature is taken once.";
/// Where an account is come by, or come back to: nobody is signed in there.
const BEFORE: [&str; 11] = [
    "/api/auth/2fa/verify",
    "/api/auth/forgot-password",
    "/api/auth/login",
    "/api/auth/logout",
    "/api/auth/refresh",
    "/api/auth/register",
    "/api/auth/resend-verification",
    "/api/auth/reset-password",
    "/api/auth/verify-email",
    "/api/auth/wallet/nonce",
    "/api/auth/wallet/verify",
];
/// For people, not for keys; but for who one is.
const PEOPLE: [&str; 2] = ["/api/auth/", "/api/admin/"];
const WHO: &str = "/api/auth/me";

/// Says so of an operation of which somebody has to be known.
pub(super) fn require(operation: &mut Operation, path: &str) {
    if BEFORE.contains(&path) {
        return;
    }
    let is_for_keys = path == WHO || !PEOPLE.iter().any(|area| path.starts_with(area));
    let scheme = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    let keys = is_for_keys.then(|| scheme(KEY));
    operation.security = Some([scheme(SESSION)].into_iter().chain(keys).collect());
}

/// Names both ways.
pub(super) fn add_schemes(components: &mut Components) {
    let session = ApiKeyValue::with_description(
        cookies::ACCESS,
        "Set by signing in, for pages of this server; it lives 15 minutes, and `POST /api/auth/refresh` gives the next.",
    );
    let key = ApiKeyValue::with_description("X-API-Key", SIGNED);
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(session));
    components.add_security_scheme(SESSION, session);
    components.add_security_scheme(KEY, SecurityScheme::ApiKey(ApiKey::Header(key)));
}
