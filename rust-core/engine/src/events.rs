//! What the app's listeners hear.

use airlock_protocol::Code;
use serde::Serialize;

use crate::failures::Phase;
use crate::records::{Bundle, Offer};

/// Something the app may want to know. Emitted on the calling thread, after the state is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// Progress of a download, at most one event for each percent.
    Download {
        /// The release being fetched.
        bundle: Offer,
        /// 0 to 100.
        percent: u8,
        /// Bytes received so far.
        bytes: u64,
    },
    /// A newer bundle is on the disk; it is the next one, or with `onlyDownload` waits for the app.
    UpdateAvailable {
        /// The bundle.
        bundle: Bundle,
    },
    /// A bundle is on the disk and verified.
    DownloadComplete {
        /// The bundle.
        bundle: Bundle,
    },
    /// A sync or download failed; the running bundle is untouched.
    DownloadFailed {
        /// The release, where it is known.
        version: String,
        /// The stable code.
        code: Code,
        /// For people.
        reason: String,
        /// How often this version failed this way since a sync or download went well, this time included.
        attempt: u32,
        /// Where it arose.
        phase: Phase,
    },
    /// A bundle on trial was given up.
    UpdateFailed {
        /// The bundle.
        bundle: Bundle,
        /// `crashed`, `not_ready` or `launches_exhausted`.
        code: &'static str,
        /// What the page or the system said.
        reason: Option<String>,
        /// How many launches it had.
        attempt: u32,
        /// Always the trial.
        phase: Phase,
    },
    /// Another bundle is served from now on.
    Set {
        /// The bundle.
        bundle: Bundle,
    },
    /// The current page reported ready.
    AppReady {
        /// The bundle.
        bundle: Bundle,
    },
}

/// Receives events. Must return quickly: it is called on the thread that does the work.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn event(&self, event: &Event);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn event(&self, _event: &Event) {}
}

/// Why a trial ended, as a sentence for people: the `code` of [`Event::UpdateFailed`], and what the page or the system said.
pub fn failure_reason(code: &str, said: Option<&str>) -> String {
    let cause = match code {
        "crashed" => "it crashed",
        "not_ready" => "its page did not call notifyAppReady in time",
        "launches_exhausted" => "it was launched three times and never became ready",
        other => other,
    };
    said.map_or_else(|| cause.to_owned(), |said| format!("{cause}: {said}"))
}
