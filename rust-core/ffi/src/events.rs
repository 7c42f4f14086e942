//! What the app's listeners hear, in the words of the JavaScript API (src-ts/events.ts).

use airlock_engine::{BundleStatus, Event, failure_reason};

use crate::error::AirlockError;
use crate::records::BundleInfo;

/// Something the page may want to know.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum AirlockEvent {
    /// `download`: at most ten a second, and always the last one.
    Download {
        /// 0 to 100, never going down within one download.
        percent: u8,
        /// The release being fetched.
        bundle: BundleInfo,
    },
    /// `updateAvailable`: a newer bundle is on the disk.
    UpdateAvailable {
        /// The bundle.
        bundle: BundleInfo,
    },
    /// `downloadComplete`: a bundle is on the disk and verified.
    DownloadComplete {
        /// The bundle.
        bundle: BundleInfo,
    },
    /// `downloadFailed`: the running bundle is untouched.
    DownloadFailed {
        /// The release; empty where it is not known.
        version: String,
        /// The stable code.
        code: String,
        /// Why, a sentence for people.
        reason: String,
        /// How often this version failed this way since a sync or download went well, this time included.
        attempt: u32,
        /// Where it arose: `check`, `download`, `verify` or `install`.
        phase: String,
    },
    /// `updateFailed`: a bundle on trial was given up.
    UpdateFailed {
        /// The bundle.
        bundle: BundleInfo,
        /// The stable code: `bundle_failed`.
        code: String,
        /// Why the trial ended, a sentence for people.
        reason: String,
        /// How many launches it had.
        attempt: u32,
        /// Where it arose: `trial`.
        phase: String,
        /// The bundle's version.
        version: String,
    },
    /// `set`: another bundle is served from now on.
    Set {
        /// The bundle.
        bundle: BundleInfo,
    },
    /// `appReady`: the current page reported ready.
    AppReady {
        /// The bundle.
        bundle: BundleInfo,
        /// How the launch ended, for people and logs.
        status: String,
    },
    /// `appReloaded`: the web app was restarted with `reload()`.
    AppReloaded,
}

/// Whether an event waits for a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Delivery {
    /// Whoever listens now hears it.
    Now,
    /// It is kept for the first listener that comes (`notifyListeners(name, data, true)`).
    Retained,
}

/// The app's ears. Implemented in Kotlin, Swift or Python.
///
/// Called on the thread that did the work. It may call back into [`crate::Airlock`], except that inside a
/// `Download` event whatever uses the network answers `locked`. What it throws is ignored: an update does not
/// fail because a listener did.
#[uniffi::export(with_foreign)]
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn on_event(&self, event: AirlockEvent, delivery: Delivery) -> Result<(), AirlockError>;
}

impl AirlockEvent {
    /// Whether it waits for a listener.
    pub(crate) fn delivery(&self) -> Delivery {
        match self {
            Self::Download { .. }
            | Self::UpdateAvailable { .. }
            | Self::DownloadComplete { .. }
            | Self::DownloadFailed { .. } => Delivery::Now,
            Self::UpdateFailed { .. } | Self::Set { .. } | Self::AppReady { .. } | Self::AppReloaded => {
                Delivery::Retained
            }
        }
    }
}

impl From<&Event> for AirlockEvent {
    fn from(event: &Event) -> Self {
        match event {
            Event::Download { bundle, percent, .. } => Self::Download {
                percent: *percent,
                bundle: bundle.into(),
            },
            Event::UpdateAvailable { bundle } => Self::UpdateAvailable {
                bundle: bundle.into(),
            },
            Event::DownloadComplete { bundle } => Self::DownloadComplete {
                bundle: bundle.into(),
            },
            Event::DownloadFailed {
                version,
                code,
                reason,
                attempt,
                phase,
            } => Self::DownloadFailed {
                version: version.clone(),
                code: code.as_str().to_owned(),
                reason: reason.clone(),
                attempt: *attempt,
                phase: phase.as_str().to_owned(),
            },
            Event::UpdateFailed {
                bundle,
                code,
                reason,
                attempt,
                phase,
            } => Self::UpdateFailed {
                bundle: bundle.into(),
                code: airlock_protocol::Code::BundleFailed.as_str().to_owned(),
                reason: failure_reason(code, reason.as_deref()),
                attempt: *attempt,
                phase: phase.as_str().to_owned(),
                version: bundle.version.clone(),
            },
            Event::Set { bundle } => Self::Set {
                bundle: bundle.into(),
            },
            Event::AppReady { bundle } => Self::AppReady {
                bundle: bundle.into(),
                status: match bundle.status {
                    BundleStatus::Confirmed => "confirmed by notifyAppReady",
                    _ => "reported ready",
                }
                .to_owned(),
            },
        }
    }
}
