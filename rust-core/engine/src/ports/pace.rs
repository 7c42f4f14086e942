//! Whether a body still moves.

use std::time::{Duration, Instant};

/// Slowest body that is waited for, in bytes a second. A phone on GPRS gets 3,000; a server that sends a byte now and then
/// to hold the connection (slow loris) gets nowhere.
const BYTES_A_SECOND: u64 = 1024;

/// Counts what came in the current window of one `responseTimeout`. There is no limit for the whole body: a large
/// download on a slow line may take its hours.
pub(super) struct Pace {
    window: Duration,
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub(super) fn new(window: Duration, now: Instant) -> Self {
        Self {
            window,
            since: now,
            bytes: 0,
        }
    }

    /// That many bytes came; `false` when those of a whole window are too few.
    pub(super) fn keeps_up(&mut self, bytes: u64, now: Instant) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        let elapsed = now.saturating_duration_since(self.since);
        if elapsed < self.window {
            return true;
        }
        let wanted = u128::from(BYTES_A_SECOND) * elapsed.as_millis() / 1_000;
        let enough = u128::from(self.bytes) >= wanted;
        (self.since, self.bytes) = (now, 0);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasts(bytes_a_second: u64) -> bool {
        let start = Instant::now();
        let mut pace = Pace::new(Duration::from_secs(20), start);
        (1..=3_600).all(|second| pace.keeps_up(bytes_a_second, start + Duration::from_secs(second)))
    }

    #[test]
    fn a_slow_body_may_take_its_hours_and_a_trickle_may_not() {
        assert!(lasts(1_024));
        assert!(!lasts(1_023));
        assert!(!lasts(1));
    }

    #[test]
    fn a_burst_in_one_window_excuses_no_other_one() {
        let start = Instant::now();
        let mut pace = Pace::new(Duration::from_secs(1), start);
        assert!(pace.keeps_up(1 << 30, start + Duration::from_secs(1)));
        assert!(!pace.keeps_up(1, start + Duration::from_secs(2)));
    }
}
