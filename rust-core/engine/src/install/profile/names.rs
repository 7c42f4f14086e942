//! The names of all entries together: no two may become one file, and no file a directory.

use std::collections::{BTreeMap, BTreeSet};

use airlock_protocol::{BundlePath, limits};

use super::central::Central;
use super::cursor::broken;
use crate::error::Error;

/// Names seen so far, by the key that twins share.
#[derive(Default)]
pub(super) struct Names {
    files: BTreeSet<String>,
    /// Directories that have an entry of their own, and how it writes them.
    listed: BTreeMap<String, String>,
    /// Directories that hold a file, and how the first such file writes them.
    parents: BTreeMap<String, String>,
}

impl Names {
    /// The path of a file entry; `None` for a directory entry.
    pub(super) fn admit(&mut self, entry: &Central) -> Result<Option<BundlePath>, Error> {
        let text = entry.text()?;
        let path = BundlePath::parse(text.strip_suffix('/').unwrap_or(text))
            .map_err(Error::rejected("checking a name in the archive"))?;
        let fold = path.fold_key();
        let fresh = match entry.is_directory() {
            true => self.listed.insert(fold, path.as_str().to_owned()).is_none(),
            false => {
                self.admit_parents(&path, &fold)?;
                self.files.insert(fold)
            }
        };
        match fresh {
            true => Ok((!entry.is_directory()).then_some(path)),
            false => Err(broken("two entries have one name")),
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
            match self.parents.get(key) {
                Some(known) if known == written => return Ok(()),
                Some(_) => return Err(broken("two directories are one on some devices")),
                None if self.parents.len() < limits::FILES_MAX => {
                    self.parents.insert(key.to_owned(), written.to_owned());
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
