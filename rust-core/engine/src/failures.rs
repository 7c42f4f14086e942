//! The last failures of this device, kept so that one that comes back is seen.
//!
//! One small file of JSON, for people and support. Losing it loses nothing that decides anything, so nothing here can fail
//! an update, a rollback or a launch; what cannot be read is taken for none. Who writes it holds the state lock.

use airlock_protocol::Code;
use serde::Serialize;
use serde_json::Value;

use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event;
use crate::machine::{Failed, Refusal};
use crate::session::Session;
use crate::store;

/// Kinds of failure kept; the one that did not happen for longest is forgotten first.
const KINDS_MAX: usize = 50;

/// Longest sentence kept, in characters. A page can say anything when it crashes.
const REASON_CHARS: usize = 300;

/// Longest version name kept, in characters.
const VERSION_CHARS: usize = 64;

/// Longest file read, in bytes: all kinds with everything at its longest take less than 90,000.
const FILE_BYTES: u64 = 96 * 1024;

/// Where on its way an update failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Asking what there is, before a release was chosen.
    Check,
    /// On the way from a server.
    Download,
    /// What arrived is not what was signed, or is not for this device.
    Verify,
    /// On the device's disk, or refused by its state.
    Install,
    /// Launched, and given up.
    Trial,
}

/// One kind of failure: the same version, code and phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedFailure {
    /// The version for people; empty where none was chosen yet.
    pub version: String,
    /// The stable code; `bundle_failed` for a trial.
    pub code: Code,
    /// Where it arose.
    pub phase: Phase,
    /// How often it happened.
    pub count: u32,
    /// How often since a sync or download went well, so 0 when one did after it; for a trial, how often the bundle was
    /// launched.
    pub attempt: u32,
    /// RFC 3339 time of the first one.
    pub first_at: String,
    /// RFC 3339 time of the last one.
    pub last_at: String,
    /// What the last one was, for people: one line, no secrets, at most 300 characters.
    pub reason: String,
}

impl Phase {
    const ALL: [Self; 5] = [
        Self::Check,
        Self::Download,
        Self::Verify,
        Self::Install,
        Self::Trial,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Download => "download",
            Self::Verify => "verify",
            Self::Install => "install",
            Self::Trial => "trial",
        }
    }

    /// Where a sync or download failed. Without a version none was chosen yet; after that the error says what it is about.
    fn of(error: &Error, version: &str) -> Self {
        match error {
            _ if version.is_empty() => Self::Check,
            Error::Config { .. } | Error::Usage { .. } => Self::Check,
            Error::Download { .. }
            | Error::Handshake { .. }
            | Error::Response { .. }
            | Error::Busy { .. }
            | Error::Quiet { .. }
            | Error::Cancelled => Self::Download,
            Error::Rejected { .. } | Error::Bundle { .. } => Self::Verify,
            Error::Refused(_)
            | Error::NoSpace { .. }
            | Error::Storage { .. }
            | Error::Locked
            | Error::Internal(_) => Self::Install,
        }
    }
}

impl Engine {
    /// The last failures of this device, at most 50 kinds, the latest first. Empty where nothing failed, and where they
    /// cannot be read. Reads without a lock.
    pub fn failures(&self) -> Vec<RecordedFailure> {
        match self.peek() {
            Err(Error::Refused(Refusal::AnotherApp)) => Vec::new(),
            Ok(_) | Err(_) => load(self),
        }
    }

    /// Keeps how a sync or download ended, and tells the app's listeners of a failure.
    pub(crate) fn note_outcome<T>(&self, version: &str, outcome: &Result<T, Error>) {
        match outcome {
            Ok(_) => self.went_well(),
            Err(error) => {
                let (code, phase, reason) = (error.code(), Phase::of(error, version), error.to_string());
                let attempt = match error {
                    // What the app itself did wrong, ended, or does in another process, is no failure of an update.
                    Error::Usage { .. } | Error::Cancelled | Error::Locked => 1,
                    _ => Session::open(self)
                        .map_or(1, |_locked| record(self, version, code, phase, &reason, None)),
                };
                let version = version.to_owned();
                self.emit(&Event::DownloadFailed {
                    version,
                    code,
                    reason,
                    attempt,
                    phase,
                });
            }
        }
    }

    /// From here on attempts count anew.
    fn went_well(&self) {
        let counts = |kind: &RecordedFailure| kind.phase != Phase::Trial && kind.attempt > 0;
        if !load(self).iter().any(counts) {
            return;
        }
        if let Ok(_locked) = Session::open(self) {
            let mut kinds = load(self);
            kinds
                .iter_mut()
                .filter(|kind| counts(kind))
                .for_each(|kind| kind.attempt = 0);
            save(self, &kinds);
        }
    }
}

/// Keeps the end of a trial that had so many launches. The caller holds the state lock.
pub(crate) fn record_trial(engine: &Engine, failed: &Failed, reason: &str, launches: u32) {
    let code = failed.code();
    record(
        engine,
        &failed.version,
        code,
        Phase::Trial,
        reason,
        Some(launches),
    );
}

/// Adds one failure and answers with its attempt: `launches` for a trial, else counted here. The caller holds the state lock.
fn record(
    engine: &Engine,
    version: &str,
    code: Code,
    phase: Phase,
    reason: &str,
    launches: Option<u32>,
) -> u32 {
    let version: String = version.chars().take(VERSION_CHARS).collect();
    let mut kinds = load(engine);
    let is_same =
        |kind: &RecordedFailure| (kind.code, kind.phase) == (code, phase) && kind.version == version;
    let known = kinds.iter().position(is_same).map(|place| kinds.remove(place));
    let (count, attempt, first_at) = known.map_or((0, 0, None), |kind| {
        (kind.count, kind.attempt, Some(kind.first_at))
    });
    let attempt = launches.unwrap_or(attempt.saturating_add(1));
    let last_at = engine.now().to_rfc3339();
    let failure = RecordedFailure {
        version,
        code,
        phase,
        count: count.saturating_add(1),
        attempt,
        first_at: first_at.unwrap_or_else(|| last_at.clone()),
        last_at,
        reason: shown(reason),
    };
    kinds.insert(0, failure);
    kinds.truncate(KINDS_MAX);
    save(engine, &kinds);
    attempt
}

fn load(engine: &Engine) -> Vec<RecordedFailure> {
    match store::read_json(engine.disk(), &engine.layout.failures(), FILE_BYTES) {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(read).take(KINDS_MAX).collect(),
        _ => Vec::new(),
    }
}

fn save(engine: &Engine, kinds: &[RecordedFailure]) {
    if let Ok(bytes) = serde_json::to_vec(kinds) {
        let _best_effort = store::write_durable(engine.disk(), &engine.layout.failures(), &bytes);
    }
}

/// One kind as it stands in the file; `None` for what this engine would not have written.
fn read(kind: &Value) -> Option<RecordedFailure> {
    let text = |key: &str| kind.get(key)?.as_str().map(str::to_owned);
    let number = |key: &str| u32::try_from(kind.get(key)?.as_u64()?).ok();
    let (code, phase) = (text("code")?, text("phase")?);
    Some(RecordedFailure {
        version: text("version")?,
        code: *Code::ALL.iter().find(|known| known.as_str() == code)?,
        phase: *Phase::ALL.iter().find(|known| known.as_str() == phase)?,
        count: number("count")?,
        attempt: number("attempt")?,
        first_at: text("firstAt")?,
        last_at: text("lastAt")?,
        reason: text("reason")?,
    })
}

/// A sentence as it may be kept: one line, and of addresses only what errors show of them. A page may name any.
fn shown(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(without_secrets).collect();
    let line = words.join(" ");
    line.chars()
        .filter(|letter| !letter.is_control())
        .take(REASON_CHARS)
        .collect()
}

fn without_secrets(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_one_line_and_of_an_address_what_may_be_shown() {
        for (said, kept) in [
            ("a\n  b\u{1b}[2J\tc", "a b[2J c"),
            (
                "cannot load https://me:secret@a.example/x?token=1#y now",
                "cannot load https://a.example/x now",
            ),
            ("at (https://a.example?k=1):3", "at (https://a.example"),
            (
                "cannot download https://a.example/x: closed",
                "cannot download https://a.example/x: closed",
            ),
            ("a@b.example is no address", "a@b.example is no address"),
        ] {
            assert_eq!(shown(said), kept);
        }
        assert_eq!(shown(&"\u{1f980}".repeat(1000)).chars().count(), REASON_CHARS);
    }

    #[test]
    fn all_kinds_at_their_longest_fit_the_file() {
        let longest = RecordedFailure {
            version: "\u{1f980}".repeat(VERSION_CHARS),
            code: Code::IncompatiblePlatform,
            phase: Phase::Download,
            count: u32::MAX,
            attempt: u32::MAX,
            first_at: "2026-11-29T10:00:00.000Z".to_owned(),
            last_at: "2026-11-29T10:00:00.000Z".to_owned(),
            reason: "\u{1f980}".repeat(REASON_CHARS),
        };
        let bytes = serde_json::to_vec(&vec![longest.clone(); KINDS_MAX]).unwrap();
        assert!((80_000..90_000).contains(&bytes.len()), "{}", bytes.len());
        assert!(bytes.len() as u64 <= FILE_BYTES);
        let Value::Array(kinds) = serde_json::from_slice(&bytes).unwrap() else {
            panic!("no list");
        };
        assert_eq!(read(&kinds[0]), Some(longest));
        assert_eq!(read(&serde_json::json!({"version": "1"})), None);
    }
}
