//! Who a device is to the servers that want to know: its own id, and what the app calls it.

use std::sync::PoisonError;

use airlock_protocol::Code;

use crate::engine::Engine;
use crate::error::Error;
use crate::feed::info;
use crate::machine::{CustomId, Event, State};
use crate::session::Session;

impl Engine {
    /// The device's id as a UUID in lower case; made, and kept, if there is none. Asks the platform's secure store where there
    /// is one. Errors: as for [`Engine::ready`].
    pub fn device_id(&self) -> Result<String, Error> {
        Ok(info::as_uuid(&self.device_state()?.device_id))
    }

    /// Calls the device by a name from now on, in what the peer's servers and the one at `statsUrl` are told; an empty text ends
    /// that. Kept through restarts with `persistCustomId` alone. Errors: `usage` for more than 256 bytes or more than a line,
    /// and the name before stays; and where it is kept as for [`Engine::ready`].
    pub fn set_custom_id(&self, id: &str) -> Result<(), Error> {
        let id = match id {
            "" => None,
            id => Some(id.parse().map_err(|text: &str| Error::Usage {
                code: Code::Usage,
                text: text.to_owned(),
            })?),
        };
        if self.config.keeps_custom_id() {
            return Session::open(self)?.apply(Event::Named(id));
        }
        *self.custom_id.lock().unwrap_or_else(PoisonError::into_inner) = id;
        Ok(())
    }

    /// What the app calls the device; empty for nothing.
    pub(crate) fn custom_id(&self, state: &State) -> String {
        let id = match self.config.keeps_custom_id() {
            true => state.custom_id.clone(),
            false => self
                .custom_id
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        };
        id.map(CustomId::into).unwrap_or_default()
    }
}
