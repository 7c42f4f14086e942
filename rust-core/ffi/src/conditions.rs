//! The connection and the battery, asked across the language boundary.

use std::sync::Arc;

use crate::error::AirlockError;

/// What the platform says of the connection and of the battery, for `wifiOnly`.
///
/// Called on the threads that call [`crate::Airlock::sync`] and its kin, and only where the configuration wants to know. What it
/// throws means "not known", which holds nothing back.
#[uniffi::export(with_foreign)]
pub trait Conditions: Send + Sync {
    /// Whether the connection is one that is paid by volume, or that the user asked to spare.
    fn is_metered(&self) -> Result<bool, AirlockError>;

    /// Whether the battery is low, or the user saves it.
    fn is_low_on_power(&self) -> Result<bool, AirlockError>;
}

/// The engine's view of it.
pub(crate) struct Surroundings(pub(crate) Arc<dyn Conditions>);

impl airlock_engine::ports::Conditions for Surroundings {
    fn is_metered(&self) -> bool {
        self.0.is_metered().unwrap_or(false)
    }

    fn is_low_on_power(&self) -> bool {
        self.0.is_low_on_power().unwrap_or(false)
    }
}
