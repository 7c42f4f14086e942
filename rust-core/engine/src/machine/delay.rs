//! Delay conditions: what must be true before a bundle that waits is applied by itself.

use airlock_protocol::{NativeVersion, UnixMillis};
use serde::{Deserialize, Serialize};

use super::transition::Step;

/// One condition. All of them must have been met, each at its own time, before `next` is applied at
/// a cold start, in the background, or as soon as it was staged. What the app asks for itself
/// (`reload`, `set`) waits for none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "camelCase")]
pub enum Delay {
    /// The app has been in the background for this many milliseconds; 0 means that it went there.
    Background(u64),
    /// The app was killed and starts again.
    Kill,
    /// This moment has come.
    Date(UnixMillis),
    /// The native app has this version, or a later one.
    NativeVersion(NativeVersion),
}

/// The moment at which conditions are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The process starts.
    ColdStart,
    /// The app goes to the background.
    Background,
    /// The app comes back to the foreground.
    Foreground,
    /// Something else happens while the app runs.
    Running,
}

impl Step<'_> {
    /// Drops the conditions that are met at this moment. One that was met once is done with, so a
    /// kill and ten minutes in the background may come on different days.
    pub(super) fn settle_delays(&mut self, moment: Moment, now: UnixMillis) {
        let since = self.state.background_since;
        let away = match moment {
            Moment::Background => Some(0),
            Moment::ColdStart | Moment::Foreground => since.map(|since| now.get().saturating_sub(since)),
            Moment::Running => None,
        };
        let native = self.state.native_version.clone();
        self.state.delays.retain(|delay| match delay {
            Delay::Background(ms) => away.is_none_or(|away| away < *ms),
            Delay::Kill => moment != Moment::ColdStart,
            Delay::Date(at) => now < *at,
            Delay::NativeVersion(least) => native.as_ref().is_none_or(|native| native < least),
        });
        match moment {
            Moment::Background => self.state.background_since = since.or(Some(now.get())),
            Moment::ColdStart | Moment::Foreground => self.state.background_since = None,
            Moment::Running => {}
        }
    }
}
