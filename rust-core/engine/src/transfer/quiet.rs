//! 429: nobody is asked anything until the server's time is over, in this process and in the next ones.
//!
//! Kept as one file of decimal milliseconds. Losing it costs one request too early, so nothing here can fail an update.

use airlock_protocol::UnixMillis;

use crate::engine::Engine;
use crate::error::{Error, RetryAfter};
use crate::statistics::Note;
use crate::store;

/// Longest silence kept, 24 hours: a server that answers a year, or a clock that jumped, must not end updates.
const LONGEST_MS: u64 = 24 * 3_600_000;

/// The silence when the server does not say how long, or says nonsense.
const UNSAID_MS: u64 = 60_000;

/// Longest file read, in bytes: a number of 20 digits and a line feed.
const FILE_BYTES: u64 = 32;

/// Whether anybody may be asked now. Errors: `response_unusable`.
pub(super) fn check(engine: &Engine) -> Result<(), Error> {
    let path = engine.layout.quiet();
    let Ok(Some(bytes)) = store::read_capped(engine.disk(), &path, FILE_BYTES) else {
        return Ok(());
    };
    match standing(&bytes, engine.now().get()) {
        Some(until) => Err(over(until)),
        None => {
            let _best_effort = store::remove_tree(engine.disk(), &path);
            Ok(())
        }
    }
}

/// Until when nobody is asked, in Unix milliseconds; `None` while anybody may be.
pub(crate) fn until(engine: &Engine) -> Option<u64> {
    let bytes = store::read_capped(engine.disk(), &engine.layout.quiet(), FILE_BYTES).ok()??;
    standing(&bytes, engine.now().get())
}

/// What the file says, if it says something that counts now.
fn standing(bytes: &[u8], now: u64) -> Option<u64> {
    let until: u64 = std::str::from_utf8(bytes).ok()?.trim_end().parse().ok()?;
    (until > now && until - now <= LONGEST_MS).then_some(until)
}

/// The server wants silence.
pub(super) fn begin(engine: &Engine, retry_after: Option<RetryAfter>) -> Error {
    engine.note(&Note::of("rate_limit_reached", ""));
    let now = engine.now().get();
    let until = now.saturating_add(wait_ms(now, retry_after));
    let downloads = engine.layout.downloads();
    let kept = store::create_own_dir(engine.disk(), &downloads).and_then(|()| {
        // Whoever made it before had no need of that.
        store::sync_parent(engine.disk(), &downloads)?;
        store::write_durable(
            engine.disk(),
            &engine.layout.quiet(),
            format!("{until}\n").as_bytes(),
        )
    });
    let _best_effort = kept;
    over(until)
}

/// Milliseconds from now until the server wants to be asked again: at least 1 s, at most 24 h.
fn wait_ms(now: u64, retry_after: Option<RetryAfter>) -> u64 {
    let wanted = match retry_after {
        Some(RetryAfter::In(time)) => u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        Some(RetryAfter::At(then)) => then.get().saturating_sub(now),
        None => UNSAID_MS,
    };
    wanted.clamp(1_000, LONGEST_MS)
}

fn over(until: u64) -> Error {
    Error::Quiet {
        until: UnixMillis::new(until).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_silence_is_never_absurd() {
        let of = |retry_after| wait_ms(1_000_000, retry_after);
        assert_eq!(of(Some(RetryAfter::In(Duration::from_secs(120)))), 120_000);
        assert_eq!(
            of(Some(RetryAfter::In(Duration::from_secs(u64::MAX)))),
            LONGEST_MS
        );
        assert_eq!(of(Some(RetryAfter::In(Duration::ZERO))), 1_000);
        assert_eq!(of(Some(RetryAfter::At(UnixMillis::new(1_030_000)))), 30_000);
        assert_eq!(of(Some(RetryAfter::At(UnixMillis::new(0)))), 1_000);
        assert_eq!(of(Some(RetryAfter::At(UnixMillis::new(u64::MAX)))), LONGEST_MS);
        assert_eq!(of(None), UNSAID_MS);
    }
}
