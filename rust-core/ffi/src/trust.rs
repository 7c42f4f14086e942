//! The platform's verdict on servers, asked across the language boundary.

use std::sync::Arc;

use crate::error::AirlockError;

/// Judges server certificates with what the platform trusts: its store, the user's and the device manager's
/// authorities, Android's network security config, pins on top. Rust checks the handshake's signatures; the
/// chain and the host's name are this trait's.
///
/// Called on the threads of the network, several at a time, in the middle of a handshake; it blocks that
/// connection only. Whatever it throws means "not trusted".
#[uniffi::export(with_foreign)]
pub trait ServerTrust: Send + Sync {
    /// Returns when `host` may be talked to. `chain` holds DER certificates, the server's own first.
    fn verify(&self, host: String, chain: Vec<Vec<u8>>) -> Result<(), AirlockError>;
}

/// The engine's view of it.
pub(crate) struct Judge(pub(crate) Arc<dyn ServerTrust>);

impl airlock_engine::ports::ServerTrust for Judge {
    fn verify(&self, host: &str, chain: &[&[u8]]) -> Result<(), String> {
        let chain = chain.iter().map(|certificate| certificate.to_vec()).collect();
        self.0
            .verify(host.to_owned(), chain)
            .map_err(|AirlockError::Failed { reason, .. }| reason)
    }
}
