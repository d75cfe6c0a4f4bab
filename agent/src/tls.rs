//! rustls needs to be told which cryptography to use: ring, the one that is linked.

/// Makes ring the process's provider; a second call changes nothing.
pub(crate) fn install() {
    // The error says that a provider is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
