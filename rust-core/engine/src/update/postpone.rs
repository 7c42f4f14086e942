//! `wifiOnly`: whether a bundle is worth the user's data and battery now.

use crate::engine::Engine;
use crate::records::Postponement;

/// Whether the publisher wants a release applied at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Its `mandatory` says so: it waits for nothing.
    Mandatory,
    /// It can wait.
    Usual,
}

impl Engine {
    /// Why nothing is fetched now, if nothing is. Asks the platform only where `wifiOnly` is on.
    pub(crate) fn postponement(&self, urgency: Urgency) -> Option<Postponement> {
        if !self.config.wifi_only() || urgency == Urgency::Mandatory {
            return None;
        }
        let conditions = self.conditions.as_ref()?;
        if conditions.is_metered() {
            return Some(Postponement::Metered);
        }
        conditions.is_low_on_power().then_some(Postponement::LowBattery)
    }
}
