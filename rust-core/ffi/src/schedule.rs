//! Updates that nobody waits for: one at a time, and when the next one is due.

use std::sync::atomic::{AtomicBool, Ordering};

use airlock_engine::AutoUpdate;

use crate::airlock::Airlock;
use crate::error::{AirlockError, locked};

/// Whether an update that nobody waits for is on its way.
#[derive(Default)]
pub(crate) struct UnderWay(AtomicBool);

/// Ends when it is dropped.
pub(crate) struct Running<'u>(&'u UnderWay);

impl UnderWay {
    /// It is, from here until the answer is dropped.
    pub(crate) fn begin(&self) -> Running<'_> {
        self.0.store(true, Ordering::SeqCst);
        Running(self)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

#[uniffi::export]
impl Airlock {
    /// `triggerUpdateCheck()`, and what a shim asks before each update that nobody waits for. `queued`: call
    /// [`Airlock::auto_update`] on a worker now. `already_running`: one was queued and has not ended. `unavailable`: there is
    /// nothing to do, because `autoUpdate` is off, no `updateUrl` is set, or nothing was launched. Quick. Errors: as for
    /// [`Airlock::sync`] where the configuration cannot be used.
    pub fn trigger_update_check(&self) -> Result<String, AirlockError> {
        self.call(|_| {
            let launched = locked(&self.process).is_some();
            let status = match (launched, self.policy()?) {
                (false, _) | (_, AutoUpdate::Off) => "unavailable",
                _ if self.under_way.0.swap(true, Ordering::SeqCst) => "already_running",
                _ => "queued",
            };
            Ok(status.to_owned())
        })
    }

    /// Milliseconds until the next update by time (`periodCheckDelay`), while the app is in front; `None` where there is none. Ask
    /// when one has ended. Quick. Errors: `internal`.
    pub fn next_check_ms(&self) -> Result<Option<u64>, AirlockError> {
        self.call(|engine| Ok(engine.next_check_ms()))
    }
}

impl Airlock {
    /// What `autoUpdate` asks for; off where there is nobody to ask.
    pub(crate) fn policy(&self) -> Result<AutoUpdate, AirlockError> {
        let config = self.engine()?.config();
        let asks = config.update_url.as_ref();
        Ok(asks.map_or(AutoUpdate::Off, |_| config.auto_update))
    }
}
