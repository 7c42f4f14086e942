//! Where the device's id is kept besides the state.
//!
//! It lives in the state, because nothing may depend on a secure store. Where the host has one, the id lies there too, so
//! that it outlives a lost state and, on iOS, the app. The store is asked by what asks servers, on a worker, and never for
//! a launch: a Keystore takes tens of milliseconds, and a locked device has none.

use crate::engine::Engine;
use crate::machine::DeviceId;

/// Where the id lies in a secure store.
const KEY: &str = "device-id";

/// What the secure store knows of the id.
pub(crate) enum Kept {
    /// An id: it counts.
    Id(DeviceId),
    /// Nothing that is an id; the state's belongs there.
    Nothing,
    /// There is no store, or it would not say.
    Unknown,
}

impl Engine {
    /// Asks the secure store. Not under a lock of ours: it may take its time.
    pub(crate) fn kept_id(&self) -> Kept {
        let Some(store) = self.secure_store.as_deref() else {
            return Kept::Unknown;
        };
        match store.read(KEY) {
            Ok(Some(bytes)) => DeviceId::parse(&bytes).map_or(Kept::Nothing, Kept::Id),
            Ok(None) => Kept::Nothing,
            Err(_) => Kept::Unknown,
        }
    }

    /// Puts the state's id there. What is not taken now is offered again by the next call that asks a server.
    pub(crate) fn keep_id(&self, id: &str) {
        if let Some(store) = &self.secure_store {
            let _ = store.write(KEY, id.as_bytes());
        }
    }
}
