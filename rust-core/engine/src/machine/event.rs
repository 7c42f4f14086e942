//! What can happen to a device, what follows from it, and what the app's configuration decides.

use airlock_protocol::{AppId, BundleId, ChannelName, Code, NativeVersion, Sequence, UnixMillis};

use super::custom_id::CustomId;
use super::delay::Delay;
use super::device_id::DeviceId;
use super::state::{Failed, Installed, NativeBuild, State};

/// What the app's configuration decides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Foreground milliseconds a trial has to report ready.
    pub app_ready_timeout_ms: u64,
    /// Whether the confirmed bundle is deleted when its successor is confirmed.
    pub previous: Keep,
    /// Whether a bundle that failed stays on the disk.
    pub failed: Keep,
    /// What a new native build does to the bundles of the old one.
    pub on_native_change: OnNativeChange,
}

/// Whether something that is no longer needed stays on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays until it is deleted by hand.
    Keep,
    /// It is deleted as part of the transition.
    Delete,
}

/// What a new native build does to the bundles of the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnNativeChange {
    /// Back to the embedded bundle; all others are dropped (`resetWhenUpdate`, the default).
    Reset,
    /// Only what the new build outdates is dropped: bundles not made for it, and bundles that are
    /// not newer than the one it embeds.
    DropOutdated,
}

/// The identity of a launch that is about to happen.
#[derive(Clone, Debug)]
pub struct NewLaunch {
    /// The token that only the page of this launch gets.
    pub token: String,
    /// The time of the launch.
    pub now: UnixMillis,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// This app, built for this channel, opens the store.
    OpenedBy(AppId, ChannelName),
    /// The app chooses a channel at run time, or with `None` goes back to the one it was built for, which comes second.
    ChannelChosen(Option<ChannelName>, ChannelName),
    /// The app calls the device by this name from now on, or by none.
    Named(Option<CustomId>),
    /// The device is asked for something that needs its id and its native version; what was known
    /// before does not change.
    FirstSeen(Option<NativeVersion>),
    /// The platform's secure store knows this device under an id, which counts.
    Recognised(DeviceId),
    /// The process starts and asks what to serve.
    ColdStart(NewLaunch),
    /// The page asks to be loaded again; a bundle that waits is taken along, whatever its delay
    /// conditions say.
    Reload(NewLaunch),
    /// A bundle that waits is applied now, if its delay conditions are met.
    Apply(NewLaunch),
    /// Serve this bundle now.
    Set(BundleId, NewLaunch),
    /// Serve the embedded bundle, or with `ToFallback` the last confirmed one, now.
    Reset(NewLaunch),
    /// Drop the trial and serve the last confirmed bundle now.
    ToFallback(NewLaunch),
    /// The app went to the background; a bundle that waits is applied.
    Background(NewLaunch),
    /// The app came to the foreground.
    Foreground(UnixMillis),
    /// Foreground time passed.
    Elapsed(u64, NewLaunch),
    /// A page reports that it works.
    Ready(String),
    /// A page, or the system on its behalf, reports a crash.
    Crash(String, Option<String>, NewLaunch),
    /// The bundle that was about to be served does not verify (R8).
    Unusable(BundleId, NewLaunch),
    /// The disk would not say whether the bundle that was about to be served verifies.
    Unreadable(NewLaunch),
    /// A verified tree is on the disk.
    Installed(BundleId, Installed),
    /// Make this bundle the next one.
    Next(BundleId, UnixMillis),
    /// What runs is the newest release, under this number: a bundle that waits with a lower one was
    /// withdrawn.
    Newest(Sequence),
    /// A signed release renumbers a tree that is already here.
    Renumbered(BundleId, Sequence, String),
    /// From now on these conditions hold back what waits; none lets it go.
    DelayUntil(Vec<Delay>),
    /// Forget this bundle.
    Delete(BundleId),
    /// This native build runs now; it may be another one than before.
    Native(NativeBuild),
    /// The app has read the last failure.
    FailureRead,
}

/// What the driver does after the new state is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Show this bundle (`None`: the embedded one) with the launch token of the new state.
    Serve(Option<BundleId>),
    /// A trial ended badly.
    RolledBack(Failed),
    /// A trial ended well.
    Confirmed(BundleId),
    /// The tree is no longer needed.
    Remove(BundleId),
}

/// Why an event was refused; the state is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such bundle on the device.
    Unknown,
    /// The bundle has a part to play.
    InUse,
    /// The bundle failed before and nothing newer was signed (B4).
    FailedBefore,
    /// The bundle is older than what this device has confirmed (R9).
    BelowFloor,
    /// The store belongs to another app.
    AnotherApp,
    /// More delay conditions than a state can hold.
    TooManyDelays,
}

impl Refusal {
    /// The stable code of the refusal.
    pub fn code(self) -> Code {
        match self {
            Self::Unknown => Code::BundleUnknown,
            Self::InUse => Code::BundleInUse,
            Self::FailedBefore => Code::BundleFailed,
            Self::BelowFloor => Code::DowngradeRefused,
            Self::AnotherApp => Code::IncompatibleApp,
            Self::TooManyDelays => Code::Usage,
        }
    }
}

/// A new state and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state to persist.
    pub state: State,
    /// What to do once it is durable, in order.
    pub effects: Vec<Effect>,
}
