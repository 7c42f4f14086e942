//! What waits for a server, as one file: a JSON list of entries as they are sent, without what is said of the device.

use serde_json::{Value, json};

use super::{ENTRIES_MAX, field, locked};
use crate::engine::Engine;
use crate::store;

/// Longest file read, in bytes: 200 entries of the longest texts, in letters of four bytes.
const FILE_BYTES: u64 = 512 * 1024;

impl Engine {
    /// Puts what was noted on the disk, for a host to call after each of its calls but the launch. Nothing is written where
    /// nothing was noted, so without `statsUrl` never. Never fails: what cannot be kept is lost.
    pub fn keep_statistics(&self) {
        let mut noted = std::mem::take(&mut *locked(&self.statistics.noted));
        if noted.is_empty() {
            return;
        }
        // The store may belong to another app.
        let Ok(state) = self.peek() else { return };
        let running = self.served(&state, state.current()).version;
        for fields in noted.iter_mut().filter_map(Value::as_object_mut) {
            if field(fields, "version_name").is_empty() {
                fields.insert("version_name".to_owned(), json!(running));
            }
        }
        let _file = locked(&self.statistics.file);
        let mut waiting = self.waiting();
        waiting.append(&mut noted);
        let surplus = waiting.len().saturating_sub(ENTRIES_MAX);
        self.wait_with(waiting.get(surplus..).unwrap_or_default());
    }

    /// What waits; nothing where the file cannot be read.
    pub(super) fn waiting(&self) -> Vec<Value> {
        match store::read_json(self.disk(), &self.layout.statistics(), FILE_BYTES) {
            Some(Value::Array(mut entries)) => {
                entries.retain(Value::is_object);
                entries
            }
            _ => Vec::new(),
        }
    }

    /// Takes away what a server has taken.
    pub(super) fn forget(&self, sent: &[Value]) {
        let _file = locked(&self.statistics.file);
        let mut waiting = self.waiting();
        waiting.retain(|entry| !sent.contains(entry));
        self.wait_with(&waiting);
    }

    fn wait_with(&self, entries: &[Value]) {
        let path = self.layout.statistics();
        let _best_effort = match entries {
            [] => store::remove_tree(self.disk(), &path).is_ok(),
            entries => {
                let bytes = Value::Array(entries.to_vec()).to_string();
                store::write_durable(self.disk(), &path, bytes.as_bytes()).is_ok()
            }
        };
    }
}
