//! How often and when something is asked for again. Pure.

use std::time::Duration;

/// Attempts after the first that bring nothing. A network that changes (lift, tunnel, Wi-Fi to LTE) is back within
/// seconds; what lasts longer is for the next check.
const RETRIES: u32 = 3;

/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Longest wait that a server may ask for within one run: an app that waits longer looks as if it hung.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Bytes that make an attempt count as progress, so that the next failure is again the first. A server that closes
/// after each byte must not keep a device busy for ever.
const PROGRESS_BYTES: u64 = 256 * 1024;

/// The attempts at one thing.
#[derive(Debug)]
pub(super) struct Attempts {
    failed: u32,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self { failed: 0 }
    }

    /// The last attempt brought that many bytes.
    pub(super) fn brought(&mut self, bytes: u64) {
        if bytes >= PROGRESS_BYTES {
            self.failed = 0;
        }
    }

    /// How long to wait before the next attempt; `None` when it is time to give up. `jitter` is a random number that
    /// keeps devices from coming back all at once: it takes away up to half of the wait, and nothing of what the
    /// server `wants`.
    pub(super) fn next_wait(&mut self, jitter: u8, wants: Option<Duration>) -> Option<Duration> {
        if self.failed >= RETRIES || wants.is_some_and(|wanted| wanted > LONGEST_WAIT) {
            return None;
        }
        let full = FIRST_WAIT * 2_u32.pow(self.failed);
        self.failed += 1;
        let own = full - full * u32::from(jitter) / 512;
        Some(own.max(wants.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(jitter: u8) -> Vec<u128> {
        let mut attempts = Attempts::new();
        std::iter::from_fn(|| attempts.next_wait(jitter, None))
            .map(|wait| wait.as_millis())
            .collect()
    }

    #[test]
    fn waits_grow_and_end() {
        assert_eq!(waits(0), [500, 1_000, 2_000]);
        assert_eq!(waits(128), [375, 750, 1_500]);
        assert!(
            waits(255)
                .iter()
                .zip([250, 500, 1_000])
                .all(|(wait, half)| *wait >= half && *wait <= half + 8)
        );
    }

    #[test]
    fn the_server_may_ask_for_more_and_not_for_too_much() {
        let wants = |seconds| Attempts::new().next_wait(255, Some(Duration::from_secs(seconds)));
        assert_eq!(wants(0), Attempts::new().next_wait(255, None));
        assert_eq!(wants(30), Some(Duration::from_secs(30)));
        assert_eq!(wants(31), None);
    }

    #[test]
    fn progress_makes_the_next_failure_the_first() {
        let mut attempts = Attempts::new();
        for _ in 0..100 {
            assert!(attempts.next_wait(0, None).is_some());
            attempts.brought(PROGRESS_BYTES);
        }
        for _ in 0..RETRIES {
            assert!(attempts.next_wait(0, None).is_some());
            attempts.brought(PROGRESS_BYTES - 1);
        }
        assert_eq!(attempts.next_wait(0, None), None);
    }
}
