//! TLS for outgoing connections.
//!
//! Servers that the operator has set up (Redis, mail) are trusted by the certificates of the system or
//! of `SSL_CERT_FILE`, because they may have one of an authority of their own; services of the public
//! (venues, CoinGecko, Twilio) by the roots that are built in, and MongoDB by these or by what
//! `tlsCAFile` in its address names.

/// Makes `ring` the process-wide TLS provider. May be called any number of times; the first
/// provider installed by anyone stays.
pub fn install() {
    // An error only says that a provider is already there.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
}
