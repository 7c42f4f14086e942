//! Time, injected.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use airlock_protocol::UnixMillis;

/// Tells the time, and lets it pass. One reading a run decides expiry (TUF 1.0 section 5.1).
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> UnixMillis;

    /// Returns after that time, on the calling thread: the engine waits between two attempts at a download.
    fn wait(&self, time: Duration);
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis::new(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// A clock that stands still, for repeatable runs (`--now`). Nobody waits by it.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub UnixMillis);

impl Clock for FixedClock {
    fn now(&self) -> UnixMillis {
        self.0
    }

    fn wait(&self, _time: Duration) {}
}
