//! When the app asks by itself, besides its launch and each time it comes to the front (`periodCheckDelay`).
//!
//! The time of the last check lies in one small file. It decides nothing but a pause, so losing it costs at most one check too
//! early or too late, and nothing here can fail an update.

use crate::config::AutoUpdate;
use crate::engine::Engine;
use crate::ports::Open;
use crate::store;
use crate::transfer::quiet_until;

/// Shortest pause, in milliseconds: a device that cannot write down when it asked must not ask without end.
const PAUSE_MIN_MS: u64 = 60_000;

/// Longest file read, in bytes: a number of 20 digits and a line feed.
const FILE_BYTES: u64 = 32;

impl Engine {
    /// Milliseconds until the next check by time, while the app is in front; `None` where nothing is asked for by time. Ask
    /// again when a check has ended. Reads two small files, without a lock.
    pub fn next_check_ms(&self) -> Option<u64> {
        let delay = self.config.period_check_delay?;
        if self.config.auto_update == AutoUpdate::Off || self.config.update_url.is_none() {
            return None;
        }
        let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let now = self.now().get();
        Some(pause_ms(delay, self.last_check(), quiet_until(self), now))
    }

    /// Writes down that a server is asked now. Not made durable: that would cost more than it is worth.
    pub(crate) fn note_check(&self) {
        if self.config.period_check_delay.is_none() {
            return;
        }
        let written = self.disk().open(&self.layout.checked(), Open::Replace);
        let written =
            written.and_then(|mut file| file.write_all(format!("{}\n", self.now().get()).as_bytes()));
        let _best_effort = written;
    }

    fn last_check(&self) -> Option<u64> {
        let bytes = store::read_capped(self.disk(), &self.layout.checked(), FILE_BYTES).ok()??;
        std::str::from_utf8(&bytes).ok()?.trim_end().parse().ok()
    }
}

/// Pure. Where nobody knows when the last check was, or a clock was set back, it counts as just made: one is made at each launch
/// anyway.
fn pause_ms(delay: u64, checked: Option<u64>, quiet_until: Option<u64>, now: u64) -> u64 {
    let passed = checked.and_then(|at| now.checked_sub(at)).unwrap_or(0);
    let quiet = quiet_until.map_or(0, |until| until.saturating_sub(now));
    delay.saturating_sub(passed).max(PAUSE_MIN_MS).max(quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_what_is_left_of_the_delay_and_of_the_silence() {
        const HOUR: u64 = 3_600_000;
        let now = 1_795_587_000_000;
        for (checked, quiet, pause) in [
            (Some(now), None, HOUR),
            (Some(now - 600_000), None, HOUR - 600_000),
            (Some(now - HOUR), None, PAUSE_MIN_MS),
            (Some(now - 9 * HOUR), None, PAUSE_MIN_MS),
            (Some(now + 9 * HOUR), None, HOUR),
            (Some(u64::MAX), None, HOUR),
            (None, None, HOUR),
            (Some(now), Some(now + 2 * HOUR), 2 * HOUR),
            (Some(now), Some(now + 1_000), HOUR),
            (Some(now), Some(now - 1), HOUR),
        ] {
            assert_eq!(
                pause_ms(HOUR, checked, quiet, now),
                pause,
                "{checked:?} {quiet:?}"
            );
        }
    }
}
