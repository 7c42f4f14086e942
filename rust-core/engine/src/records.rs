//! What the engine answers: plain data, serialised the way the host contract prints it.

use std::path::PathBuf;

use airlock_protocol::Code;
use serde::Serialize;

/// Where a bundle came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Shipped inside the app binary.
    Embedded,
    /// Installed over the air.
    Ota,
}

/// A bundle's place in the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BundleStatus {
    /// On the disk, never launched or no longer needed.
    Downloaded,
    /// Becomes the trial at the next launch.
    Next,
    /// Launched, has not reported ready.
    Trial,
    /// Has reported ready. The embedded bundle counts as confirmed.
    Confirmed,
    /// Failed its trial on this device.
    Failed,
}

/// The bundle a launch serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Served {
    /// The tree digest; `embedded` for an embedded bundle that carries no checksum.json.
    pub id: String,
    /// The version for people.
    pub version: String,
    /// Where it came from.
    pub origin: Origin,
}

/// One bundle of the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// The tree digest; `embedded` for an embedded bundle that carries no checksum.json.
    pub id: String,
    /// The version for people.
    pub version: String,
    /// The release's number; `null` for an embedded bundle that does not say.
    pub sequence: Option<u64>,
    /// Its place in the state machine.
    pub status: BundleStatus,
    /// Where it came from.
    pub origin: Origin,
    /// RFC 3339 time of the installation; `null` for the embedded bundle.
    pub installed_at: Option<String>,
}

/// What the web view shows from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Launch {
    /// The bundle served.
    pub bundle: Served,
    /// The directory it is served from.
    pub root: PathBuf,
    /// The launch token; hand it to this page only, at document start (R2).
    pub token: String,
    /// How often this bundle was launched without being confirmed, this time included; 1 for a
    /// bundle that is not on trial.
    pub attempt: u32,
}

/// The answer to a ready report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Whether the token was that of the current launch.
    pub accepted: bool,
    /// The current bundle.
    #[serde(skip)]
    pub bundle: Bundle,
}

/// The answer to a crash report or to passing time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Whether the bundle on trial was given up.
    pub rolled_back: bool,
    /// What is served instead, when it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch: Option<Launch>,
}

/// What the repository offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Check {
    /// Nothing newer.
    UpToDate {
        /// The current bundle.
        bundle: Served,
    },
    /// A newer release that this device may run.
    Available {
        /// The release.
        bundle: Offer,
    },
    /// A newer release that this device may not run.
    Blocked {
        /// The release.
        bundle: Offer,
        /// Why, as a stable code.
        code: Code,
        /// Why, for people.
        message: String,
    },
}

/// A release on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The tree digest; empty where the feed names a bundle and does not describe it.
    pub id: String,
    /// The version for people.
    pub version: String,
    /// The release's number; 0 where it has none.
    pub sequence: u64,
    /// Bytes to download; 0 when the tree is on the device already.
    pub download_bytes: u64,
    /// Whether the publisher wants it applied at once.
    pub mandatory: bool,
    /// The publisher's notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// How a bundle got here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Nothing was fetched: the tree was here.
    None,
    /// As a patch for a bundle that was here.
    Patch,
    /// As the single files that no bundle here had.
    Files,
    /// As a whole archive.
    Archive,
}

/// A cheaper way to a bundle that was tried before the one it came by, and failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detour {
    /// The way.
    pub route: Route,
    /// Why it failed, as a stable code.
    pub code: Code,
    /// Why it failed, for people.
    pub message: String,
}

/// How a sync ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Sync {
    /// A newer bundle is on the disk, verified, and is the next one.
    Staged {
        /// The bundle.
        bundle: Bundle,
        /// Bytes received, metadata included.
        bytes_downloaded: u64,
        /// How it got here.
        route: Route,
        /// What was tried before and failed. Left out when there is nothing.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        detours: Vec<Detour>,
    },
    /// A newer bundle is on the disk and verified, and the app decides when to apply it
    /// (`autoUpdate: "onlyDownload"`).
    Downloaded {
        /// The bundle.
        bundle: Bundle,
        /// Bytes received, metadata included.
        bytes_downloaded: u64,
        /// How it got here.
        route: Route,
        /// What was tried before and failed. Left out when there is nothing.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        detours: Vec<Detour>,
    },
    /// Nothing newer.
    UpToDate {
        /// The current bundle.
        bundle: Served,
        /// Bytes received, metadata included.
        bytes_downloaded: u64,
        /// Always `none`.
        route: Route,
    },
    /// A newer release that this device may not run.
    Blocked {
        /// The release.
        bundle: Offer,
        /// Bytes received, metadata included.
        bytes_downloaded: u64,
        /// Always `none`.
        route: Route,
        /// Why, as a stable code.
        code: Code,
        /// Why, for people.
        message: String,
    },
    /// A newer release that is not fetched now (`wifiOnly`); the next sync tries again.
    Postponed {
        /// The release.
        bundle: Offer,
        /// Bytes received: the metadata.
        bytes_downloaded: u64,
        /// Always `none`.
        route: Route,
        /// Why.
        reason: Postponement,
    },
}

/// Why something that could be fetched is not fetched now (`wifiOnly`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Postponement {
    /// The connection is metered.
    Metered,
    /// The battery is low, or is being saved.
    LowBattery,
}

impl Postponement {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metered => "metered",
            Self::LowBattery => "low-battery",
        }
    }
}

/// A bundle that failed on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The tree digest.
    pub id: String,
    /// The version for people.
    pub version: String,
    /// The release it failed as.
    pub sequence: u64,
    /// `crashed`, `not_ready` or `launches_exhausted`.
    pub code: &'static str,
    /// What the page or the system said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// RFC 3339 time of the failure.
    pub at: String,
    /// RFC 3339 time from which it may be tried again.
    pub expires: String,
}

/// The whole device at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// What runs.
    pub current: Bundle,
    /// What a failing trial falls back to: the last confirmed bundle, or the embedded one.
    pub fallback: Bundle,
    /// What the next launch makes the trial.
    pub next: Option<Bundle>,
    /// What is on trial.
    pub trial: Option<Bundle>,
    /// What failed, oldest first.
    pub failed: Vec<Failure>,
    /// The highest sequence ever confirmed; 0 when nothing was.
    pub floor: u64,
    /// The native version, where one was ever told.
    pub native_version: Option<String>,
    /// Bytes in the store.
    pub disk_bytes: u64,
}

/// The verdict on one bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The tree digest; `embedded` for an embedded bundle that carries no checksum.json.
    pub id: String,
    /// Whether every byte is as its checksum.json says.
    pub valid: bool,
    /// The stable code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What is wrong, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One archive to fetch, as JavaScript's `download()` asks for it.
#[derive(Clone, Debug, Default)]
pub struct DownloadRequest {
    /// Where the archive lies.
    pub url: String,
    /// The version for people.
    pub version: String,
    /// What the archive must hash to: hexadecimal digits whose number decides the algorithm (64 SHA-256, 40
    /// SHA-1, 32 MD5), with or without `SHA256:`, `SHA1:` or `MD5:` before them. With the peer's key: the signed
    /// checksum of 512 digits. An empty text counts as none.
    pub checksum: Option<String>,
    /// Key of an archive that the peer encrypted. An empty text counts as none.
    pub session_key: Option<String>,
}

/// What `download()` made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Downloaded {
    /// The bundle, on the disk and verified; not activated.
    pub bundle: Bundle,
    /// What the developer should know about how it was verified, for people. Left out when there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where `reset` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetTo {
    /// The embedded bundle.
    Embedded,
    /// The last confirmed bundle.
    LastSuccessful,
}
