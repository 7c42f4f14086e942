//! What happened on the phone, in order, for the control page.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;

use super::locked;

/// Entries kept. A day of playing stays far below it; a page in a reload loop must not eat the memory.
const MAX_ENTRIES: usize = 2_000;
/// Updates a slow control page may be behind before it gets everything anew.
const CHANNEL_CAPACITY: usize = 256;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    /// Counts from 1.
    pub(crate) n: u64,
    /// Milliseconds since 1970.
    pub(crate) at: u64,
    /// The plugin event's name, or the phone's word for what happened (`launch`, `kill`, `sync`, …).
    pub(crate) name: &'static str,
    /// The details; an object.
    pub(crate) data: Value,
}

/// What a control page hears of.
#[derive(Debug, Clone)]
pub(crate) enum Update {
    /// Something happened.
    Entry(Entry),
    /// The phone's state may have changed: ask for it again.
    State,
}

/// The log, and the channel that announces its growth.
pub(crate) struct Timeline {
    log: Mutex<Log>,
    updates: broadcast::Sender<Update>,
}

#[derive(Default)]
struct Log {
    last: u64,
    entries: VecDeque<Entry>,
}

impl Timeline {
    pub(crate) fn new() -> Timeline {
        Timeline {
            log: Mutex::default(),
            updates: broadcast::channel(CHANNEL_CAPACITY).0,
        }
    }

    /// Appends an entry and announces it.
    pub(crate) fn record(&self, name: &'static str, data: Value) {
        let mut log = locked(&self.log);
        log.last += 1;
        let entry = Entry {
            n: log.last,
            at: now(),
            name,
            data,
        };
        log.entries.push_back(entry.clone());
        if log.entries.len() > MAX_ENTRIES {
            log.entries.pop_front();
        }
        // Sent under the lock, so that listeners hear the entries in the order of their numbers. Nobody listening
        // is no failure.
        let _ = self.updates.send(Update::Entry(entry));
    }

    /// Announces that the phone's state may have changed.
    pub(crate) fn state_changed(&self) {
        let _ = self.updates.send(Update::State);
    }

    /// The entries so far, oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        locked(&self.log).entries.iter().cloned().collect()
    }

    /// The updates from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Update> {
        self.updates.subscribe()
    }
}

fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_are_numbered_and_announced_in_order() {
        let timeline = Timeline::new();
        let mut updates = timeline.subscribe();
        timeline.record("launch", json!({}));
        timeline.record("kill", json!({}));
        for (n, name) in [(1, "launch"), (2, "kill")] {
            let Ok(Update::Entry(entry)) = updates.try_recv() else {
                panic!("an entry was expected")
            };
            assert_eq!((entry.n, entry.name), (n, name));
        }
        assert_eq!(timeline.entries().len(), 2);
    }

    #[test]
    fn the_oldest_entries_make_room() {
        let timeline = Timeline::new();
        for _ in 0..=MAX_ENTRIES {
            timeline.record("page", json!({}));
        }
        let entries = timeline.entries();
        assert_eq!(entries.len(), MAX_ENTRIES);
        assert_eq!(entries.first().unwrap().n, 2);
    }
}
