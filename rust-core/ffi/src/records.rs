//! Plain data in the words of the JavaScript API (src-ts/definitions.ts): a shim copies it field by field.

/// The embedded bundle's id in JavaScript, as in the peer's API.
pub(crate) const BUILTIN: &str = "builtin";

/// What the device knows of one bundle: `BundleInfo`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BundleInfo {
    /// The tree digest, or `builtin` for the embedded bundle.
    pub id: String,
    /// The version for people.
    pub version: String,
    /// When it was installed, RFC 3339; empty for the embedded bundle and for what is not here.
    pub downloaded: String,
    /// The tree digest, 64 hexadecimal digits; empty for the embedded bundle.
    pub checksum: String,
    /// `success`, `pending`, `error` or `downloading`.
    pub status: String,
    /// The release's number.
    pub sequence: Option<u64>,
}

/// The bundle that a launch serves.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ServedBundle {
    /// The tree digest, or `builtin` for the embedded bundle.
    pub id: String,
    /// The version for people.
    pub version: String,
}

/// What the web view shows from now on.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Launch {
    /// The directory to serve; `None` is the embedded bundle, served as Capacitor does without us.
    pub root: Option<String>,
    /// The launch token: for the page of this launch only, at document start (R2).
    pub token: String,
    /// How often this bundle was launched without being confirmed, this time included.
    pub attempt: u32,
    /// The bundle served.
    pub bundle: ServedBundle,
}

/// The ready timer's answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Tick {
    /// What to show now: the bundle on trial did not report ready in time and was rolled back.
    pub launch: Option<Launch>,
    /// Milliseconds after which to call [`crate::Airlock::tick`] again; `None` while nothing counts.
    pub next_ms: Option<u64>,
}

/// The answer to `notifyAppReady()`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Ready {
    /// Whether the token was that of the current launch.
    pub accepted: bool,
    /// The bundle that runs.
    pub bundle: BundleInfo,
}

/// The answer to `current()`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Current {
    /// The bundle that runs.
    pub bundle: BundleInfo,
    /// The native app's version; empty when none was ever told.
    pub native: String,
}

/// The answer to `getLatest()`: `LatestVersion`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LatestVersion {
    /// The version of the newest release for this device.
    pub version: String,
    /// Why there is nothing to install: `up_to_date` or `blocked`.
    pub kind: Option<String>,
    /// The release's number.
    pub sequence: Option<u64>,
    /// The digest of the release's tree.
    pub checksum: Option<String>,
    /// For `blocked`: the stable code.
    pub error: Option<String>,
    /// For `blocked`: a sentence that says what to do.
    pub message: Option<String>,
}

/// The answer to `sync()`: `SyncResult`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SyncResult {
    /// `staged`, `downloaded`, `up-to-date`, `blocked` or `postponed`.
    pub result: String,
    /// The bundle that arrived, or for `blocked` and `postponed` the one that was offered.
    pub bundle: Option<BundleInfo>,
    /// Bytes received, metadata included.
    pub bytes_downloaded: u64,
    /// How it got here: `none` when it was on the device already.
    pub route: String,
    /// For `blocked`: the stable code.
    pub code: Option<String>,
    /// For `blocked`: a sentence that says what to do.
    pub message: Option<String>,
    /// For `postponed`: `metered` or `low-battery`.
    pub reason: Option<String>,
}

/// What `download()` is asked for; an empty text counts as none.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DownloadRequest {
    /// Where the archive lies.
    pub url: String,
    /// The version for people that the bundle gets.
    pub version: String,
    /// What the archive must hash to.
    #[uniffi(default = None)]
    pub checksum: Option<String>,
    /// The key of an archive that the peer encrypted.
    #[uniffi(default = None)]
    pub session_key: Option<String>,
}

/// The answer to `download()`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DownloadResult {
    /// The bundle, on the disk and verified; not activated.
    pub bundle: BundleInfo,
    /// What the developer should know about how it was verified. Left out in JavaScript when empty.
    pub warnings: Vec<String>,
}

/// One condition of `setMultiDelay()`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DelayCondition {
    /// `background`, `kill`, `date` or `nativeVersion`.
    pub kind: String,
    /// Milliseconds for `background`, RFC 3339 for `date`, a version for `nativeVersion`.
    #[uniffi(default = None)]
    pub value: Option<String>,
}

/// A bundle that failed on this device.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FailedUpdate {
    /// The bundle.
    pub bundle: BundleInfo,
    /// `crashed`, `not_ready` or `launches_exhausted`.
    pub code: String,
    /// Why, a sentence for people.
    pub reason: String,
    /// RFC 3339 time of the failure.
    pub at: String,
    /// RFC 3339 time from which it may be tried again.
    pub expires: String,
}

/// The whole device at a glance.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Status {
    /// What runs.
    pub current: BundleInfo,
    /// What a failing trial falls back to.
    pub fallback: BundleInfo,
    /// What the next launch makes the trial.
    pub next: Option<BundleInfo>,
    /// What is on trial.
    pub trial: Option<BundleInfo>,
    /// What failed, oldest first.
    pub failed: Vec<FailedUpdate>,
    /// The highest sequence ever confirmed; 0 when nothing was.
    pub floor: u64,
    /// The native version, where one was ever told.
    pub native_version: Option<String>,
    /// Bytes in the store.
    pub disk_bytes: u64,
}

/// The verdict on one bundle.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Verified {
    /// The tree digest, or `builtin` for the embedded bundle.
    pub id: String,
    /// Whether every byte is as its checksum.json says.
    pub valid: bool,
    /// The stable code of what is wrong.
    pub code: Option<String>,
    /// What is wrong, for people.
    pub message: Option<String>,
}

/// What a clean-up removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Collected {
    /// Trees and files.
    pub removed: u64,
    /// Bytes they held.
    pub bytes: u64,
}

/// Where `reset()` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ResetTo {
    /// The embedded bundle.
    Embedded,
    /// The last confirmed bundle.
    LastSuccessful,
}
