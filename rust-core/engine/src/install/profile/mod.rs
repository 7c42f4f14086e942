//! The strict profile of archives: what a zip must look like before anything in it is inflated.
//!
//! A zip is described twice, by its central directory and by a header before each entry, and readers
//! differ in which one they believe. Here both must agree and the entries must fill the file without
//! overlap, gap, prefix or trailing data, so that every reader sees the same archive and nothing can
//! hide in it (faults.md 2.1; ISO/IEC 21320-1 plus our own rules). Field offsets are those of PKWARE
//! APPNOTE 6.3.10, sections 4.3.7, 4.3.9, 4.3.12 and 4.3.16.

mod central;
mod cursor;
mod end;
mod extra;
mod local;
mod names;

use std::io::{Read, Seek};

use airlock_protocol::BundlePath;

use crate::error::Error;
use central::Central;
use cursor::{Cursor, broken, read_at};
use end::End;
use local::check_local;
use names::Names;

/// An archive whose structure is sound. The proof that [`Profile::read`] was passed.
#[derive(Debug)]
pub struct Profile {
    entries: Vec<ArchiveEntry>,
}

/// A file of a sound archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Where it goes.
    pub path: BundlePath,
    /// Bytes when inflated, as the archive declares them.
    pub size: u64,
    /// Its place in the central directory.
    pub index: usize,
}

impl Profile {
    /// Checks the structure of the archive in `file`. Inflates nothing. Errors: `archive_unsafe`,
    /// `path_unsafe`, `storage_failure`.
    pub fn read(file: &mut (impl Read + Seek)) -> Result<Self, Error> {
        let end = End::read(file)?;
        let mut central = Cursor {
            bytes: &read_at(file, end.offset, end.size)?,
        };
        let mut entries = Vec::new();
        let mut seen = Names::default();
        let mut position = 0;
        for index in 0..end.count {
            let entry = Central::parse(&mut central)?;
            if entry.offset != position {
                return Err(broken("entries overlap, leave a gap or are out of order"));
            }
            position = check_local(file, &entry, end.offset)?;
            if let Some(path) = seen.admit(&entry)? {
                entries.push(ArchiveEntry {
                    path,
                    size: entry.size,
                    index,
                });
            }
        }
        if !central.bytes.is_empty() || position != end.offset {
            return Err(broken("data lies outside the entries"));
        }
        seen.check_directories()?;
        Ok(Self { entries })
    }

    /// The files, in the order of the archive.
    pub fn entries(&self) -> &[ArchiveEntry] {
        &self.entries
    }
}
