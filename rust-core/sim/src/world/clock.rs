//! A clock that is set by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airlock_engine::ports::Clock;
use airlock_protocol::UnixMillis;

/// Clones are the same clock.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    /// Stands at this moment.
    pub fn at(now: UnixMillis) -> Self {
        Self(Arc::new(AtomicU64::new(now.get())))
    }

    /// Sets it.
    pub fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    /// What it shows.
    pub fn millis(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> UnixMillis {
        UnixMillis::new(self.millis())
    }

    /// Time passes at once.
    fn wait(&self, time: Duration) {
        let passed = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(passed, Ordering::Relaxed);
    }
}
