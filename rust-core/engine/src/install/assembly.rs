//! A tree being put together, from however many places.
//!
//! Invariant: below the directory lies no file but those that are verified and those that somebody writes just now. Whatever
//! brings a file, it is hashed and counted while it is written, becomes part of the tree when both are right, and is removed
//! when they are not. So what one route brought need not be brought, or hashed, by the next.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use airlock_protocol::{BundlePath, CHECKSUM_FILE, ChecksumJson, Code, FileEntry, Sha256Digest, ordered};
use sha2::{Digest as _, Sha256};

use super::stages::{Stage, Stages};
use crate::error::Error;
use crate::ports::{Disk, DiskFile, OpenTree};

/// A tree that is to become the described one. Several threads may write files of it at once.
pub(crate) struct Assembly<'c> {
    checksum: &'c ChecksumJson,
    stages: &'c Stages,
    threads: usize,
    tree: Mutex<Tree<'c>>,
}

struct Tree<'c> {
    directory: Box<dyn OpenTree>,
    missing: BTreeMap<&'c BundlePath, &'c FileEntry>,
}

impl<'c> Assembly<'c> {
    /// Begins in an empty directory, and writes nowhere else: links are not followed, whoever makes them. Errors:
    /// `storage_failure`.
    pub(crate) fn begin(
        disk: &dyn Disk,
        into: &Path,
        checksum: &'c ChecksumJson,
        stages: &'c Stages,
    ) -> Result<Self, Error> {
        let tree = Tree {
            directory: disk.open_tree(into).map_err(write_failed)?,
            missing: ordered::map(checksum.files().iter().map(|file| (&file.path, file))),
        };
        Ok(Self {
            checksum,
            stages,
            threads: disk.threads().max(1),
            tree: Mutex::new(tree),
        })
    }

    /// What it is to become.
    pub(crate) fn checksum(&self) -> &'c ChecksumJson {
        self.checksum
    }

    /// Where the time goes.
    pub(crate) fn stages(&self) -> &'c Stages {
        self.stages
    }

    /// How many threads may write files of it, the calling one among them.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// The files that are not there yet, by path.
    pub(crate) fn missing(&self) -> Vec<&'c FileEntry> {
        self.tree().missing.values().copied().collect()
    }

    /// The file of this path, if it is not there yet.
    pub(crate) fn missing_at(&self, path: &BundlePath) -> Option<&'c FileEntry> {
        self.tree().missing.get(path).copied()
    }

    /// Begins to write a file that is missing and that nobody else writes. Errors: `no_space`, `storage_failure`.
    pub(crate) fn draft(&self, entry: &'c FileEntry) -> Result<Draft<'_, 'c>, Error> {
        let created = self
            .stages
            .time(Stage::Write, || self.tree().directory.create(&entry.path));
        Ok(self.draft_in(entry, created.map_err(write_failed)?))
    }

    /// Clones a file that is missing and that nobody else writes from the file at `from`. What is hashed is the clone: what
    /// becomes of the other file meanwhile is nothing to it. `None` where the file system cannot.
    pub(crate) fn clone_from(&self, entry: &'c FileEntry, from: &Path) -> Option<Draft<'_, 'c>> {
        let file = self.stages.time(Stage::Write, || {
            self.tree().directory.clone_from(&entry.path, from)
        });
        file.map(|file| self.draft_in(entry, file))
    }

    fn draft_in(&self, entry: &'c FileEntry, file: Box<dyn DiskFile>) -> Draft<'_, 'c> {
        Draft {
            assembly: self,
            entry,
            file: Some(file),
            hash: Sha256::new(),
            left: entry.size,
        }
    }

    /// Writes checksum.json; now it is the whole tree. Not durable yet. Errors: `no_space`, `storage_failure`, `internal`.
    pub(crate) fn complete(self, bytes: &[u8]) -> Result<(), Error> {
        match self.missing().first() {
            Some(file) => Err(Error::Internal(format!("`{}` was never written", file.path))),
            None => write_checksum(self.into_directory().as_mut(), bytes),
        }
    }

    pub(super) fn into_directory(self) -> Box<dyn OpenTree> {
        let tree = self.tree.into_inner().unwrap_or_else(PoisonError::into_inner);
        tree.directory
    }

    fn tree(&self) -> MutexGuard<'_, Tree<'c>> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Assembly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.tree().missing.len();
        f.debug_struct("Assembly")
            .field("missing", &missing)
            .finish_non_exhaustive()
    }
}

/// A file being written. Dropped before it is right, it is gone.
pub(crate) struct Draft<'a, 'c> {
    assembly: &'a Assembly<'c>,
    entry: &'c FileEntry,
    /// `None` once it belongs to the tree.
    file: Option<Box<dyn DiskFile>>,
    hash: Sha256,
    left: u64,
}

impl Draft<'_, '_> {
    /// Bytes that it lacks.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Writes the next bytes, never more in all than the file has. Errors: `checksum_mismatch`, `no_space`,
    /// `storage_failure`.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.count(piece)?;
        match &mut self.file {
            Some(file) => {
                let stages = self.assembly.stages;
                let written = stages.time(Stage::Write, || file.write_all(piece));
                written.map_err(write_failed)
            }
            None => Ok(()),
        }
    }

    /// Takes what a clone holds for written, and makes it part of the tree if that is right. Errors: `checksum_mismatch`,
    /// `storage_failure`.
    pub(crate) fn finish_clone(mut self, buffer: &mut [u8]) -> Result<(), Error> {
        loop {
            let count = match &mut self.file {
                Some(file) => {
                    let stages = self.assembly.stages;
                    stages
                        .time(Stage::Read, || file.read(buffer))
                        .map_err(write_failed)?
                }
                None => 0,
            };
            match buffer.get(..count) {
                Some(piece) if !piece.is_empty() => self.count(piece)?,
                _ => return self.finish(),
            }
        }
    }

    fn count(&mut self, piece: &[u8]) -> Result<(), Error> {
        let left = self.left.checked_sub(piece.len() as u64);
        self.left = left.ok_or_else(|| mismatch(&self.entry.path))?;
        let hash = &mut self.hash;
        self.assembly.stages.time(Stage::Hash, || hash.update(piece));
        Ok(())
    }

    /// Makes it part of the tree. Errors: `checksum_mismatch`.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let hash = std::mem::replace(&mut self.hash, Sha256::new());
        let digest = Sha256Digest::from_bytes(hash.finalize().into());
        if self.left > 0 || digest != self.entry.digest {
            return Err(mismatch(&self.entry.path));
        }
        self.file = None;
        self.assembly.tree().missing.remove(&self.entry.path);
        Ok(())
    }
}

impl Drop for Draft<'_, '_> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // One that stays makes the next draft of it fail: it can never be taken for right.
            let _best_effort = self.assembly.tree().directory.remove(&self.entry.path);
        }
    }
}

/// Writes checksum.json, whether or not something with its name is there, and beside no other file: every other name is the
/// bundle's to use.
pub(crate) fn write_checksum(directory: &mut dyn OpenTree, bytes: &[u8]) -> Result<(), Error> {
    let written = directory
        .replace(CHECKSUM_FILE)
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(write_failed)
}

pub(super) fn write_failed(source: io::Error) -> Error {
    Error::storage("write a file of the bundle", source)
}

pub(super) fn mismatch(path: &BundlePath) -> Error {
    Error::bundle(
        Code::ChecksumMismatch,
        format!("`{path}` does not have the hash that checksum.json says"),
    )
}
