//! The names of all entries together: no two may become one file, and no file a directory.

use std::collections::{BTreeMap, BTreeSet};

use airlock_protocol::{BundlePath, Sha256Digest, limits};

use super::central::Central;
use super::cursor::broken;
use crate::error::Error;

/// Names seen so far, by the key that twins share. Kept as digests: 20,000 of the longest paths, and of
/// the directories above them, would fill 80 MiB, and case folding can triple a text.
#[derive(Default)]
pub(super) struct Names {
    files: BTreeSet<Key>,
    /// Directories that have an entry of their own, and how it writes them.
    listed: BTreeMap<Key, Written>,
    /// Directories that hold a file, and how the first such file writes them.
    parents: BTreeMap<Key, Written>,
    /// Of all names together, as they are written.
    bytes: u64,
}

/// Of a name's fold key.
type Key = [u8; 32];
/// Of a name as it is written.
type Written = [u8; 32];

impl Names {
    /// The path of a file entry; `None` for a directory entry.
    pub(super) fn admit(&mut self, entry: &Central) -> Result<Option<BundlePath>, Error> {
        let text = entry.text()?;
        self.weigh(text)?;
        let path = BundlePath::parse(text.strip_suffix('/').unwrap_or(text))
            .map_err(Error::rejected("checking a name in the archive"))?;
        let fold = path.fold_key();
        let fresh = match entry.is_directory() {
            true => self.list(&path, &fold)?,
            false => {
                self.admit_parents(&path, &fold)?;
                self.files.insert(digest(&fold))
            }
        };
        match fresh {
            true => Ok((!entry.is_directory()).then_some(path)),
            false => Err(broken("two entries have one name")),
        }
    }

    /// checksum.json has to list the files, so its limit is one for their names too. Folding 20,000 of the
    /// longest, and as many of directories, would keep a phone busy for nothing.
    fn weigh(&mut self, name: &str) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(name.len() as u64);
        match self.bytes <= limits::CHECKSUM_JSON_BYTES {
            true => Ok(()),
            false => Err(broken("its names are longer together than checksum.json may be")),
        }
    }

    fn list(&mut self, path: &BundlePath, fold: &str) -> Result<bool, Error> {
        let before = self.listed.insert(digest(fold), digest(path.as_str()));
        match self.listed.len() > limits::FILES_MAX {
            true => Err(broken("it has too many directories")),
            false => Ok(before.is_none()),
        }
    }

    /// Innermost first: where one is known, those above it are too. Capped while they are collected: deep
    /// paths of few files name millions of directories.
    fn admit_parents(&mut self, path: &BundlePath, fold: &str) -> Result<(), Error> {
        let (mut key, mut written) = (fold, path.as_str());
        while let (Some((key_parent, _)), Some((parent, _))) =
            (key.rsplit_once('/'), written.rsplit_once('/'))
        {
            (key, written) = (key_parent, parent);
            match self.parents.get(&digest(key)) {
                Some(known) if *known == digest(written) => return Ok(()),
                Some(_) => return Err(broken("two directories are one on some devices")),
                None if self.parents.len() < limits::FILES_MAX => {
                    self.parents.insert(digest(key), digest(written));
                }
                None => return Err(broken("it has too many directories")),
            }
        }
        Ok(())
    }

    /// To be called when all names are in.
    pub(super) fn check_directories(&self) -> Result<(), Error> {
        let mut directories = self.listed.keys().chain(self.parents.keys());
        if directories.any(|name| self.files.contains(name)) {
            return Err(broken("a file is also a directory"));
        }
        let mut listed = self.listed.iter();
        if listed.any(|(name, written)| self.parents.get(name) != Some(written)) {
            return Err(broken("a directory is empty or written in two ways"));
        }
        Ok(())
    }
}

fn digest(text: &str) -> [u8; 32] {
    *Sha256Digest::of(text.as_bytes()).as_bytes()
}
