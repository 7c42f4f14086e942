//! Small secrets in the platform's own store, asked across the language boundary.

use std::sync::Arc;

use airlock_engine::ports::Unavailable;

use crate::error::AirlockError;

/// Keeps small values where the platform keeps secrets (Keychain, Keystore): at most 4 KiB under names of lower-case
/// letters and `-`.
///
/// Called on the threads that call [`crate::Airlock::sync`] and its kin, never for a launch. Whatever it throws means "not
/// to be had now" (the device is locked): nothing is concluded from it, and it is asked again later.
#[uniffi::export(with_foreign)]
pub trait SecureStore: Send + Sync {
    /// What lies under `key`; nothing when nothing does. Never nothing for what merely cannot be read now.
    fn read(&self, key: String) -> Result<Option<Vec<u8>>, AirlockError>;

    /// Puts `value` there, in the place of what was.
    fn write(&self, key: String, value: Vec<u8>) -> Result<(), AirlockError>;

    /// Removes what lies there; nothing there is fine.
    fn remove(&self, key: String) -> Result<(), AirlockError>;
}

/// The engine's view of it.
pub(crate) struct Vault(pub(crate) Arc<dyn SecureStore>);

impl airlock_engine::ports::SecureStore for Vault {
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.0.read(key.to_owned()).map_err(|_| Unavailable)
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.0
            .write(key.to_owned(), value.to_vec())
            .map_err(|_| Unavailable)
    }

    fn remove(&self, key: &str) -> Result<(), Unavailable> {
        self.0.remove(key.to_owned()).map_err(|_| Unavailable)
    }
}
