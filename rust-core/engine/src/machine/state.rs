//! What a device remembers between two launches.

use std::collections::{BTreeMap, BTreeSet};

use airlock_protocol::{AppId, BundleId, ChannelName, Code, NativeRange, NativeVersion, Sequence, ordered};
use serde::{Deserialize, Serialize};

use super::custom_id::CustomId;
use super::delay::Delay;

/// Upper bounds that keep a state inside one slot of the state file
/// ([`crate::store::SLOT_SIZE`]) whatever happens to the device.
pub struct Limits;

impl Limits {
    /// Failed bundles remembered; the oldest is forgotten first. A device that meets 32 broken
    /// releases in a row has a publisher with other problems than a 33rd download.
    pub const FAILED: usize = 32;
    /// Bundles kept beside the embedded one, at all times (B7): the fallback, the trial, and the one
    /// that arrives.
    pub const BUNDLES: usize = 3;
    /// Delay conditions. There are four kinds, and naming one twice says nothing new; a page that
    /// sends thousands must not make the state outgrow its slot.
    pub const DELAYS: usize = 8;
    /// Characters kept of a crash reason, which comes from the page.
    pub const REASON_CHARS: usize = 200;
}

/// A bundle whose tree is on the disk, complete and verified when it was installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// The version for people, from checksum.json.
    pub version: String,
    /// The release's number; rollback protection compares this (R9).
    pub sequence: Sequence,
    /// Unix milliseconds of the installation.
    pub installed_at: u64,
    /// Native versions of this platform that the bundle runs on; `None` means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<NativeRange>,
}

/// A bundle that was handed to the web view and has not reported ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// The bundle on trial.
    pub id: BundleId,
    /// Launches it was given so far, this one included (R4 gives it three).
    pub attempts: u32,
}

/// A bundle that failed its trial or could not be installed as signed (R5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// The tree that failed: remembered by content, not by version name.
    pub id: BundleId,
    /// The version for people.
    pub version: String,
    /// The release it failed as; a release of the same tree with a higher sequence overrides.
    pub sequence: Sequence,
    /// Why, as a stable word: `crashed`, `not_ready` or `launches_exhausted`.
    pub cause: FailureCause,
    /// What the page or the system said, shortened; never shown to a server unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Unix milliseconds of the failure.
    pub at: u64,
    /// Unix milliseconds after which the bundle may be tried again.
    pub expires: u64,
}

/// Why a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// The app or the page reported a crash during the trial.
    Crashed,
    /// `appReadyTimeout` of foreground time passed without a ready call.
    NotReady,
    /// It was launched three times and the process ended each time before it was ready.
    LaunchesExhausted,
}

impl FailureCause {
    /// The stable word for this cause.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crashed => "crashed",
            Self::NotReady => "not_ready",
            Self::LaunchesExhausted => "launches_exhausted",
        }
    }
}

/// The current launch: the page that runs now, known by its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaunchRecord {
    /// The launch token; only the page of this launch has it (R2).
    pub token: String,
    /// The bundle it serves; `None` is the embedded one.
    pub bundle: Option<BundleId>,
    /// Whether this page has reported ready.
    pub ready: bool,
    /// Foreground milliseconds since the launch (R4: the ready timer counts nothing else).
    pub elapsed_ms: u64,
    /// Whether the app is in the foreground.
    pub foreground: bool,
}

/// The native build that runs, as far as it is known: what bundles are held against at every start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeBuild {
    /// The version of the native app, where the host tells it.
    pub version: Option<NativeVersion>,
    /// The sequence of the embedded bundle, where it carries a checksum.json.
    pub embedded_sequence: Option<Sequence>,
    /// Whom the build trusts, as a fingerprint of its configured keys; `None` when they cannot be
    /// read, which stops updating and never starting.
    pub trust: Option<String>,
}

/// Everything a device remembers. Written whole, in one durable write, for every transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// Format of this record; a reader refuses one it does not know.
    pub schema: u32,
    /// The app this store belongs to; `None` until an app has opened it.
    pub app: Option<AppId>,
    /// The channel that what waits as next came from.
    pub channel: Option<ChannelName>,
    /// The channel that the app chose at run time (`setChannel`); `None` follows the configured one.
    pub chosen_channel: Option<ChannelName>,
    /// What the app calls the device, for the peer's servers (`setCustomId`).
    pub custom_id: Option<CustomId>,
    /// Random and stable; decides staged rollouts. Told to the peer's servers and to the one at `statsUrl`, and to no other.
    pub device_id: String,
    /// The native version of the last launch.
    pub native_version: Option<NativeVersion>,
    /// The sequence of the embedded bundle of the last launch.
    pub embedded_sequence: Option<Sequence>,
    /// The fingerprint of the keys that the bundles were accepted under.
    pub trust: Option<String>,
    /// The highest sequence ever confirmed; 0 when nothing was.
    pub floor: u64,
    /// The bundles on the disk.
    pub bundles: BTreeMap<BundleId, Installed>,
    /// The last confirmed bundle, which is the fallback (R3); `None` is the embedded one.
    pub confirmed: Option<BundleId>,
    /// The one confirmed before it, kept when `autoDeletePrevious` is off.
    pub previous: Option<BundleId>,
    /// The bundle on trial.
    pub trial: Option<Trial>,
    /// The bundle that the next launch makes the trial.
    pub next: Option<BundleId>,
    /// What must be true before `next` is applied without the app asking; what was met is gone.
    pub delays: Vec<Delay>,
    /// Unix milliseconds since when the app has been in the background; `None` in the foreground.
    pub background_since: Option<u64>,
    /// What failed, oldest first.
    pub failed: Vec<Failed>,
    /// The last rollback that the app has not read yet (`getFailedUpdate`).
    pub unread_failure: Option<Failed>,
    /// The launch that runs now.
    pub launch: Option<LaunchRecord>,
    /// Launches counted so far.
    pub launches: u64,
}

impl State {
    /// The schema this engine writes.
    pub const SCHEMA: u32 = 3;

    /// The state of a device that has never run an update.
    pub fn new(device_id: String) -> Self {
        Self {
            schema: Self::SCHEMA,
            app: None,
            channel: None,
            chosen_channel: None,
            custom_id: None,
            device_id,
            native_version: None,
            embedded_sequence: None,
            trust: None,
            floor: 0,
            bundles: BTreeMap::new(),
            confirmed: None,
            previous: None,
            trial: None,
            next: None,
            delays: Vec::new(),
            background_since: None,
            failed: Vec::new(),
            unread_failure: None,
            launch: None,
            launches: 0,
        }
    }

    /// The bundle that runs when nothing else is decided: the trial, else the confirmed one, else
    /// (`None`) the embedded one.
    pub fn current(&self) -> Option<BundleId> {
        self.trial.as_ref().map(|trial| trial.id).or(self.confirmed)
    }

    /// Whether `id` has a part to play and must stay on the disk.
    pub fn needs(&self, id: &BundleId) -> bool {
        self.referenced().contains(id)
    }

    /// Every bundle with a part to play.
    pub fn referenced(&self) -> BTreeSet<BundleId> {
        let launched = self.launch.as_ref().and_then(|launch| launch.bundle);
        let trial = self.trial.as_ref().map(|trial| trial.id);
        let parts = [self.confirmed, self.previous, trial, self.next, launched];
        ordered::set(parts.into_iter().flatten())
    }

    /// The standing verdict against a tree, if there is one at `now` for a release numbered
    /// `sequence` (R5: it expires, and a newer signed release of the same tree overrides it).
    pub fn verdict(&self, id: &BundleId, sequence: Sequence, now: u64) -> Option<&Failed> {
        self.failed
            .iter()
            .find(|failed| failed.id == *id && sequence <= failed.sequence && failed.stands(now))
    }

    /// Writes down that a tree failed, replacing an older verdict on it.
    pub(super) fn remember_failure(&mut self, failed: Failed) {
        self.failed.retain(|other| other.id != failed.id);
        if self.failed.len() >= Limits::FAILED {
            self.failed.remove(0);
        }
        self.failed.push(failed.clone());
        self.unread_failure = Some(failed);
    }

    /// The sequence of an installed bundle.
    pub fn sequence_of(&self, id: &BundleId) -> Option<Sequence> {
        self.bundles.get(id).map(|installed| installed.sequence)
    }
}

impl Failed {
    /// How long a failed tree stays banned: 7 days. Long enough that a broken release is withdrawn
    /// or replaced meanwhile, short enough that a verdict caused by the device heals by itself.
    pub const TTL_MS: u64 = 7 * 24 * 3600 * 1000;
    /// How far a clock may be set back without lifting a verdict: one day, which covers a wrong time
    /// zone and the corrections of a network clock.
    pub const CLOCK_SLACK_MS: u64 = 24 * 3600 * 1000;

    /// Whether the verdict counts at `now`. One that has longer to go than any verdict lasts was
    /// passed under a clock that ran ahead; it would ban the tree for years, so it does not count.
    pub fn stands(&self, now: u64) -> bool {
        let left = self.expires.saturating_sub(now);
        left > 0 && left <= Self::TTL_MS + Self::CLOCK_SLACK_MS
    }

    /// The stable code under which callers learn of the verdict.
    pub fn code(&self) -> Code {
        Code::BundleFailed
    }
}
