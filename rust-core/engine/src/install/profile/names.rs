//! The names of all entries together.

use std::collections::BTreeSet;

use airlock_protocol::{BundlePath, limits};

use super::central::Central;
use super::cursor::broken;
use crate::error::Error;

/// Names seen so far, so that no two entries can become one file and no file a directory.
#[derive(Default)]
pub(super) struct Names {
    files: BTreeSet<String>,
    parents: BTreeSet<String>,
    directories: BTreeSet<String>,
}

impl Names {
    /// The path of a file entry; `None` for a directory entry.
    pub(super) fn admit(&mut self, entry: &Central) -> Result<Option<BundlePath>, Error> {
        let text = entry.text()?;
        let path = BundlePath::parse(text.strip_suffix('/').unwrap_or(text))
            .map_err(Error::rejected("checking a name in the archive"))?;
        if self.files.len() + self.directories.len() >= limits::FILES_MAX {
            return Err(broken("it has too many entries"));
        }
        let fold = path.fold_key();
        let fresh = match entry.is_directory() {
            true => self.directories.insert(fold),
            false => {
                let depth = path.components().count().saturating_sub(1);
                let parents: Vec<_> = fold.match_indices('/').take(depth).collect();
                self.parents.extend(
                    parents
                        .iter()
                        .filter_map(|(at, _)| fold.get(..*at).map(str::to_owned)),
                );
                self.files.insert(fold)
            }
        };
        match fresh {
            true => Ok((!entry.is_directory()).then_some(path)),
            false => Err(broken("two entries have one name")),
        }
    }

    pub(super) fn check_directories(&self) -> Result<(), Error> {
        if self
            .directories
            .iter()
            .chain(&self.parents)
            .any(|name| self.files.contains(name))
        {
            return Err(broken("a file is also a directory"));
        }
        if self.directories.iter().any(|name| !self.parents.contains(name)) {
            return Err(broken("a directory is empty"));
        }
        Ok(())
    }
}
