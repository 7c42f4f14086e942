//! The client of The Update Framework, specification 1.0.x, section 5 ("Detailed client workflow").
//!
//! [`Refresh`] brings the top-level metadata (and one channel's role) up to date, [`Search`] finds a target
//! through delegations. Both are state machines without I/O: ask [`Refresh::step`] what to fetch, push the
//! answer into [`Refresh::receive`], make the returned [`StoreOp`]s durable before anything is done because of what was accepted. Each state
//! holds what was verified to reach it, so no step can be skipped.
//!
//! Where this client is stricter than the specification asks: a role's key ids and a document's signatures
//! must be unique, JSON is strict (no duplicate keys, no fractions), metadata from the store is verified
//! again every time it is read, and a threshold counts distinct keys by their material, not their ids.
//! Where it does less: succinct hash bins (TAP 15) and mirrors (TAP 4) are not followed. `docs/tuf.md` maps
//! every step of the specification to code and test.

mod delegation;
mod document;
mod expected;
mod hashes;
mod keyring;
mod pattern;
mod refresh;
mod release;
mod root;
mod root_store;
mod search;
mod snapshot;
mod target;
mod targets;
mod timestamp;
mod trusted;
mod url;

use std::collections::BTreeMap;

use crate::keys::PublicKeys;

pub use hashes::Hashes;
pub use refresh::Refresh;
pub use release::{PatchTarget, Release};
pub use search::Search;
pub use target::{Target, TargetFile, TargetName};
pub use trusted::{Trusted, Versions};

/// What trust starts from.
#[derive(Debug, Clone)]
pub enum Anchor {
    /// The keys in the app: the first root met must be signed by their threshold, older ones are skipped.
    Keys(PublicKeys),
    /// A root.json that is trusted as it is (TUF specification section 5.2), once it verifies with itself.
    Root(Vec<u8>),
}

/// Whether a refresh may stop after one small request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Ask for timestamp.json first; if it is byte for byte the stored one and everything stored still
    /// verifies and has not expired, that was all. Else as [`Mode::Full`].
    ///
    /// What this trades: a new root is noticed with the next timestamp, so at the latest when the stored
    /// one expires. Publishing a root always publishes a timestamp too.
    Quick,
    /// The order of the specification: root chain, timestamp, snapshot, targets.
    Full,
}

/// The metadata files of earlier runs, as [`StoreOp`]s left them. Nothing in here is trusted unread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// File name (`root.json`, `timestamp.json`, `stable.json`, `root_history/1.root.json`) to its bytes.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Stored {
    /// Does to this copy what the caller does to its disk.
    pub fn apply(&mut self, op: &StoreOp) {
        match op {
            StoreOp::Write { name, bytes } => self.files.insert(name.clone(), bytes.clone()),
            StoreOp::Remove { name } => self.files.remove(name),
        };
    }

    fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }
}

/// What a state machine wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Get this file and push it in.
    Fetch(Fetch),
    /// Nothing more; take the result.
    Done,
}

/// A file to get from the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The path below `metadata/`, ready to be put into a URL.
    pub name: String,
    /// Stop reading after this many bytes: a longer answer is refused.
    pub max_bytes: u64,
}

/// What came of a [`Fetch`]. Anything but these two (a timeout, a 500) is the caller's error to report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The file's bytes.
    Found(Vec<u8>),
    /// The repository has no such file (404).
    Missing,
}

/// A change to the stored files. Only verified metadata is ever written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreOp {
    /// Create or replace a file.
    Write {
        /// The name in [`Stored::files`].
        name: String,
        /// Its bytes, exactly as received.
        bytes: Vec<u8>,
    },
    /// Remove a file that is no longer trusted. It may be gone already.
    Remove {
        /// The name in [`Stored::files`].
        name: String,
    },
}

impl StoreOp {
    fn write(name: &str, bytes: &[u8]) -> StoreOp {
        StoreOp::Write {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
        }
    }
}

const ROOT: &str = "root.json";
const TIMESTAMP: &str = "timestamp.json";
const SNAPSHOT: &str = "snapshot.json";
const TARGETS: &str = "targets.json";
