//! What happened on this device, in the peer's words, for the server at `statsUrl`. Off without one: then nothing is
//! noted, written or sent.
//!
//! What is noted waits in memory until a host lets it be kept ([`Engine::keep_statistics`]), so that a launch writes nothing for
//! it; what is kept lies in one file until a server has taken it. All of it is best effort: what is lost is an entry, and
//! nothing else ever fails for it.

mod hear;
mod queue;
mod send;

use std::sync::{Mutex, MutexGuard, PoisonError};

use airlock_protocol::BundleId;
use serde_json::{Map, Value, json};

use crate::engine::Engine;
use crate::machine::State;

/// Entries that wait at most, in memory and on the disk; the oldest go first.
pub(crate) const ENTRIES_MAX: usize = 200;

/// Longest version and word taken over, in characters.
const TEXT_CHARS: usize = 128;

/// What is not on the disk yet.
#[derive(Default)]
pub(crate) struct Statistics {
    noted: Mutex<Vec<Value>>,
    /// The tens of a download that were noted last.
    tens: Mutex<u8>,
    /// Who reads and writes the file.
    file: Mutex<()>,
}

/// Something that happened.
pub(crate) struct Note<'a> {
    /// The peer's word for it.
    pub(crate) action: &'a str,
    /// The bundle that it happened to; empty for the one that runs.
    pub(crate) version: &'a str,
    /// The bundle before it, where there is one.
    pub(crate) before: &'a str,
    /// Why, as a stable code.
    pub(crate) code: Option<&'a str>,
}

impl<'a> Note<'a> {
    pub(crate) fn of(action: &'a str, version: &'a str) -> Self {
        Self {
            action,
            version,
            before: "",
            code: None,
        }
    }
}

impl Engine {
    /// Notes what happened, in memory. Quick, and takes no lock that is held during I/O.
    pub(crate) fn note(&self, note: &Note<'_>) {
        if self.config.stats_url().is_none() {
            return;
        }
        let mut entry = json!({
            "action": note.action,
            "version_name": short(note.version),
            "old_version_name": short(note.before),
            "timestamp": self.now().get(),
        });
        if let (Some(code), Some(fields)) = (note.code, entry.as_object_mut()) {
            fields.insert("metadata".to_owned(), json!({ "code": code }));
        }
        let mut noted = locked(&self.statistics.noted);
        if noted.len() >= ENTRIES_MAX {
            noted.remove(0);
        }
        noted.push(entry);
    }
}

impl Engine {
    /// Notes that another bundle is served; what it was called before is looked up only where somebody wants to know.
    pub(crate) fn note_set(&self, version: &str, old: &State, before: Option<BundleId>) {
        if self.config.stats_url().is_some() {
            let before = self.bundle(old, before).version;
            self.note(&Note {
                before: &before,
                ..Note::of("set", version)
            });
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(TEXT_CHARS).collect()
}

fn field<'v>(fields: &'v Map<String, Value>, name: &str) -> &'v str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A panic elsewhere leaves entries, and no half of one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
