//! Time, injected.

use std::time::{SystemTime, UNIX_EPOCH};

use airlock_protocol::UnixMillis;

/// Tells the time. One reading a run decides expiry (TUF 1.0 section 5.1).
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> UnixMillis;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis::new(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that stands still, for repeatable runs (`--now`).
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub UnixMillis);

impl Clock for FixedClock {
    fn now(&self) -> UnixMillis {
        self.0
    }
}
