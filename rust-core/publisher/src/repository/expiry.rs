//! How long each role's signature is good for, and why.

use airlock_protocol::UnixMillis;
use jiff::Timestamp;

use crate::error::{Error, Result};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The lifetimes of signed metadata, in days. A device that meets expired metadata keeps the bundle it has.
///
/// The trade is the same for each: a longer life lets a server withhold newer releases (freeze attack) for
/// longer, a shorter one makes an author who is on holiday lose the ability to serve new installations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes;

impl Lifetimes {
    /// Root: its key is offline and comes out once a year.
    pub const ROOT_DAYS: u64 = 365;
    /// A root between two others that only bridges a change of keys (docs/adr/0014-rotation-order.md). It still
    /// names the keys that go, so a server that serves nothing newer must not be believed for long.
    pub const BRIDGE_DAYS: u64 = 1;
    /// From how long before the end of the root's life its author should be warned.
    pub const ROOT_WARNING_DAYS: u64 = 60;
    /// Targets and channels: longer than the pause between two releases of almost every app.
    pub const TARGETS_DAYS: u64 = 90;
    /// Snapshot: renewed with every publication; as long as the roles that it names.
    pub const SNAPSHOT_DAYS: u64 = 90;
    /// Timestamp: the longest time for which a server can pretend that nothing is new. Two weeks bridge a
    /// holiday;
    /// `airlock refresh` from a weekly job keeps it valid between releases.
    pub const TIMESTAMP_DAYS: u64 = 14;
}

/// The moment `days` from `now`, in whole seconds as TUF writes it (specification section 4.2).
pub(super) fn after(now: UnixMillis, days: u64) -> Result<Timestamp> {
    let seconds = now.get().saturating_add(days.saturating_mul(DAY_MS)) / 1000;
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Error::Usage("the time given with --now is too far in the future".into()))
}

/// Whether less than half of `days` is left at `now`: time to sign anew, long before a device would notice.
pub(super) fn is_half_over(expires: Timestamp, days: u64, now: UnixMillis) -> bool {
    to_millis(expires).get() < now.get().saturating_add(days * DAY_MS / 2)
}

/// The moment as Airlock counts time; before 1970 is 1970.
pub(super) fn to_millis(moment: Timestamp) -> UnixMillis {
    UnixMillis::new(u64::try_from(moment.as_millisecond()).unwrap_or(0))
}
