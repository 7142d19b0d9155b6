//! TLS for outgoing connections.

/// Makes `ring` the process-wide TLS provider. May be called any number of times; the first
/// provider installed by anyone stays.
pub fn install() {
    // An error only says that a provider is already there.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
}
