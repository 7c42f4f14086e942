//! How long work reports how far it is, without knowing who watches.

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Reading and hashing the web folder.
    Hash,
    /// Writing the archive.
    Pack,
    /// Writing each file by itself.
    Files,
    /// Making patches.
    Patch,
    /// Checking files that were published before.
    Check,
}

/// A watcher of long work. One stage at a time: `begin`, any number of `advance`, `end`.
pub trait Progress {
    /// A stage of `total_bytes` bytes starts.
    fn begin(&self, stage: Stage, total_bytes: u64);
    /// Another `bytes` bytes of it are done.
    fn advance(&self, bytes: u64);
    /// The stage is over, whether it succeeded or failed.
    fn end(&self);
}

/// For when nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _stage: Stage, _total_bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn end(&self) {}
}
