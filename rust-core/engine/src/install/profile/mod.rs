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

use airlock_protocol::{BundlePath, CHECKSUM_FILE, SIGNATURE_FILE, limits};

use crate::error::Error;
use central::Central;
use cursor::{Window, broken};
use end::End;
use local::check_local;
use names::Names;

pub use central::Method;

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
    /// How its data is kept.
    pub method: Method,
    /// Where its data begins in the archive, in bytes.
    pub start: u64,
    /// Bytes of its data in the archive.
    pub compressed: u64,
    /// CRC-32 of its bytes when inflated.
    pub crc: u32,
}

impl Profile {
    /// Checks the structure of the archive in `file`. Inflates nothing. Errors: `archive_unsafe`,
    /// `path_unsafe`, `storage_failure`.
    pub fn read(file: &mut (impl Read + Seek)) -> Result<Self, Error> {
        let end = End::read(file)?;
        let mut directory = Window::new(end.offset, end.size);
        let mut entries = Vec::new();
        let mut names = Names::default();
        let mut position = 0;
        for _ in 0..end.count {
            let entry = Central::read(file, &mut directory)?;
            if entry.offset != position {
                return Err(broken("entries overlap, leave a gap or are out of order"));
            }
            let place = check_local(file, &entry, end.offset)?;
            position = place.next;
            if let Some(path) = names.admit(&entry)? {
                entries.push(ArchiveEntry {
                    path,
                    size: entry.size,
                    method: entry.method,
                    start: place.data,
                    compressed: entry.compressed,
                    crc: entry.crc,
                });
            }
            // Two control files may lie beside the files.
            if entries.len() > limits::FILES_MAX + 2 {
                return Err(broken("it has too many entries"));
            }
        }
        if !directory.is_at_end() || position != end.offset {
            return Err(broken("data lies outside the entries"));
        }
        names.check_directories()?;
        check_amount(&entries)?;
        Ok(Self { entries })
    }

    /// The files, in the order of the archive.
    pub fn entries(&self) -> &[ArchiveEntry] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Vec<ArchiveEntry> {
        self.entries
    }
}

impl ArchiveEntry {
    /// Is it checksum.json or its signature? They lie in the tree and are not listed in it.
    pub fn is_control(&self) -> bool {
        matches!(self.path.as_str(), CHECKSUM_FILE | SIGNATURE_FILE)
    }
}

/// As many files and bytes as a bundle may have, and its two control files beside them.
fn check_amount(entries: &[ArchiveEntry]) -> Result<(), Error> {
    let (control, files): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_control());
    if files.len() > limits::FILES_MAX {
        return Err(broken("it has too many entries"));
    }
    let room = files
        .iter()
        .try_fold(limits::BUNDLE_BYTES, |room, file| room.checked_sub(file.size));
    if room.is_none() {
        return Err(broken("it inflates to more than 1 GiB"));
    }
    match control
        .iter()
        .all(|file| file.size <= limits::CHECKSUM_JSON_BYTES)
    {
        true => Ok(()),
        false => Err(broken("its checksum.json or signature is too large")),
    }
}
