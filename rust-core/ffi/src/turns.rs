//! Turns for what uses the network: the engine refuses a second one at a time, an app may ask for it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use airlock_protocol::Code;

use crate::error::{AirlockError, locked};

/// One turn at a time.
#[derive(Default)]
pub(crate) struct Turns {
    holder: Mutex<Option<ThreadId>>,
    free: Condvar,
}

/// Ends when it is dropped.
pub(crate) struct Turn<'t>(&'t Turns);

impl Turns {
    /// Waits for its turn. Errors: `locked` for the thread that has it, which would wait for itself: a listener
    /// that asks for an update in the middle of one.
    pub(crate) fn take(&self) -> Result<Turn<'_>, AirlockError> {
        let me = thread::current().id();
        let mut holder = locked(&self.holder);
        while let Some(other) = *holder {
            if other == me {
                return Err(AirlockError::new(
                    Code::Locked,
                    "an update is under way on this thread; ask again when its call has returned",
                ));
            }
            holder = self.free.wait(holder).unwrap_or_else(PoisonError::into_inner);
        }
        *holder = Some(me);
        Ok(Turn(self))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *locked(&self.0.holder) = None;
        self.0.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_wait_for_each_other_and_none_for_itself() {
        let turns = Turns::default();
        let inside = Mutex::new(());
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = turns.take().unwrap();
                    assert!(turns.take().is_err());
                    let _alone = inside.try_lock().expect("two have the turn");
                });
            }
        });
        assert!(turns.take().is_ok());
    }
}
