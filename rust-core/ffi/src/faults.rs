//! Panics on purpose (feature `faults`): what a bug of ours would do at the worst moment.

use crate::airlock::Airlock;
use crate::error::{AirlockError, locked};

#[uniffi::export]
impl Airlock {
    /// Panics while everything that has a lock in memory is locked.
    pub fn panic_in_a_transition(&self) -> Result<(), AirlockError> {
        self.call(|_| {
            let _turn = self.turns.take()?;
            let _transition = self.outbox.transition();
            let _process = locked(&self.process);
            panic_on_purpose()
        })
    }

    /// Panics outside the guard, so that UniFFI's own is what catches it.
    pub fn panic_at_the_edge(&self) {
        let _process = locked(&self.process);
        let _: Result<(), AirlockError> = panic_on_purpose();
    }
}

#[expect(clippy::panic, reason = "what this feature is for")]
fn panic_on_purpose() -> Result<(), AirlockError> {
    panic!("a bug on purpose")
}
