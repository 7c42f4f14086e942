//! The strict profile of archives: what a zip must look like before anything in it is inflated.
//!
//! A zip is described twice, by its central directory and by a header before each entry, and readers
//! differ in which one they believe. Here both must agree and the entries must fill the file without
//! overlap, gap, prefix or trailing data, so that every reader sees the same archive and nothing can
//! hide in it (faults.md 2.1; ISO/IEC 21320-1 plus our own rules). Field offsets are those of PKWARE
//! APPNOTE 6.3.10, sections 4.3.7, 4.3.9, 4.3.12 and 4.3.16.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};

use airlock_protocol::{BundlePath, Code, limits};

use crate::error::Error;

const END_BYTES: u64 = 22;
const END_SIGNATURE: u32 = 0x0605_4b50;
const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;

/// Bytes of the largest central directory: [`limits::FILES_MAX`] entries with the longest path and
/// room for extra fields. Stops a directory that is an allocation attack.
const CENTRAL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest extra field accepted; common tools write fewer than 64 bytes.
const EXTRA_BYTES_MAX: usize = 4 * 1024;

const FLAG_ENCRYPTED: u16 = 1 << 0;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
/// Deflate's two speed bits say nothing that a reader needs.
const FLAG_SPEED: u16 = 0b110;

const METHOD_STORED: u16 = 0;
const METHOD_DEFLATED: u16 = 8;

const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_UNICODE_PATH: u16 = 0x7075;

const MODE_TYPE: u32 = 0o170_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const MADE_BY_UNIX: u8 = 3;
const MADE_BY_DARWIN: u8 = 19;

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

/// The end record; it must be the last 22 bytes, so there is no comment to hide another one in.
struct End {
    count: usize,
    size: u64,
    offset: u64,
}

impl End {
    fn read(file: &mut (impl Read + Seek)) -> Result<Self, Error> {
        let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let start = length
            .checked_sub(END_BYTES)
            .ok_or_else(|| broken("it is too short to be a zip"))?;
        let bytes = read_at(file, start, END_BYTES)?;
        let mut record = Cursor { bytes: &bytes };
        if record.u32()? != END_SIGNATURE {
            return Err(broken(
                "it does not end with an end record (truncated, or trailing data)",
            ));
        }
        let (disk, start_disk) = (record.u16()?, record.u16()?);
        let (here, count) = (record.u16()?, record.u16()?);
        let (size, offset, comment) = (record.u32()?, record.u32()?, record.u16()?);
        if disk != 0 || start_disk != 0 || here != count || comment != 0 {
            return Err(broken("its end record speaks of several disks or a comment"));
        }
        if count == u16::MAX || offset == u32::MAX || size == u32::MAX {
            return Err(broken("zip64 is not used for bundles"));
        }
        let (size, offset) = (u64::from(size), u64::from(offset));
        if offset + size != start || size > CENTRAL_BYTES_MAX {
            return Err(broken("its central directory is not where the end record says"));
        }
        Ok(Self {
            count: usize::from(count),
            size,
            offset,
        })
    }
}

/// One entry of the central directory.
struct Central {
    made_by: u8,
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    attributes: u32,
    offset: u64,
    name: Vec<u8>,
}

impl Central {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Error> {
        if cursor.u32()? != CENTRAL_SIGNATURE {
            return Err(broken("its central directory is damaged"));
        }
        let made_by = cursor.u16()?.to_le_bytes()[1];
        let _needed = cursor.u16()?;
        let (flags, method) = (cursor.u16()?, cursor.u16()?);
        let _time = cursor.u32()?;
        let (crc, compressed, size) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
        let (name, extra, comment) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        let disk = cursor.u16()?;
        let _internal = cursor.u16()?;
        let (attributes, offset) = (cursor.u32()?, cursor.u32()?);
        let name = cursor.take(usize::from(name))?.to_vec();
        check_extra(cursor.take(usize::from(extra))?)?;
        if comment != 0 || disk != 0 {
            return Err(broken("an entry has a comment or lies on another disk"));
        }
        let (compressed, size, offset) = (u64::from(compressed), u64::from(size), u64::from(offset));
        let entry = Self {
            made_by,
            flags,
            method,
            crc,
            compressed,
            size,
            attributes,
            offset,
            name,
        };
        entry.check()?;
        Ok(entry)
    }

    fn check(&self) -> Result<(), Error> {
        if self.flags & FLAG_ENCRYPTED != 0 {
            return Err(broken("an entry is encrypted"));
        }
        if self.flags & !(FLAG_DESCRIPTOR | FLAG_UTF8 | FLAG_SPEED) != 0 {
            return Err(broken("an entry uses a feature that bundles do not use"));
        }
        if !matches!(self.method, METHOD_STORED | METHOD_DEFLATED) {
            return Err(broken("an entry is neither stored nor deflated"));
        }
        if self.method == METHOD_STORED
            && (self.compressed != self.size || self.has_descriptor() && self.size > 0)
        {
            return Err(broken("a stored entry has two sizes or none"));
        }
        if self.is_directory() && self.size != 0 {
            return Err(broken("a directory holds data"));
        }
        let unix = matches!(self.made_by, MADE_BY_UNIX | MADE_BY_DARWIN);
        let kind = (self.attributes >> 16) & MODE_TYPE;
        let expected = if self.is_directory() {
            MODE_DIRECTORY
        } else {
            MODE_FILE
        };
        if unix && kind != 0 && kind != expected {
            return Err(broken("an entry is a link or a special file"));
        }
        Ok(())
    }

    fn is_directory(&self) -> bool {
        self.name.ends_with(b"/")
    }

    fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0
    }

    fn text(&self) -> Result<&str, Error> {
        let text = std::str::from_utf8(&self.name).map_err(|_| broken("a name is not utf-8"))?;
        if !text.is_ascii() && self.flags & FLAG_UTF8 == 0 {
            return Err(broken("a name is not ascii and not declared to be utf-8"));
        }
        Ok(text)
    }
}

/// Compares an entry's own header with the central directory; returns where the next one begins.
fn check_local(file: &mut (impl Read + Seek), entry: &Central, limit: u64) -> Result<u64, Error> {
    const FIXED: u64 = 30;
    let header = read_at(file, entry.offset, FIXED)?;
    let mut cursor = Cursor { bytes: &header };
    if cursor.u32()? != LOCAL_SIGNATURE {
        return Err(broken("an entry does not begin where the directory says"));
    }
    let _needed = cursor.u16()?;
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    let _time = cursor.u32()?;
    let found = (cursor.u32()?, u64::from(cursor.u32()?), u64::from(cursor.u32()?));
    let (name, extra) = (cursor.u16()?, cursor.u16()?);
    let declared = (entry.crc, entry.compressed, entry.size);
    let deferred = entry.has_descriptor() && (found == (0, 0, 0) || found == (entry.crc, 0, 0));
    if flags != entry.flags || method != entry.method || (found != declared && !deferred) {
        return Err(broken("an entry and the directory disagree"));
    }
    let variable = read_at(file, entry.offset + FIXED, u64::from(name) + u64::from(extra))?;
    let mut cursor = Cursor { bytes: &variable };
    if cursor.take(usize::from(name))? != entry.name {
        return Err(broken("an entry and the directory disagree on a name"));
    }
    check_extra(cursor.bytes)?;
    let data = entry.offset + FIXED + variable.len() as u64;
    let end = data + entry.compressed;
    if end > limit {
        return Err(broken("an entry runs into the directory"));
    }
    match entry.has_descriptor() {
        true => check_descriptor(file, entry, end, limit),
        false => Ok(end),
    }
}

/// The data descriptor of a streamed entry, with or without its optional signature.
fn check_descriptor(
    file: &mut (impl Read + Seek),
    entry: &Central,
    start: u64,
    limit: u64,
) -> Result<u64, Error> {
    let available = limit.saturating_sub(start).min(16);
    let bytes = read_at(file, start, available)?;
    let mut plain = Cursor { bytes: &bytes };
    let mut signed = Cursor { bytes: &bytes };
    if signed.u32()? == DESCRIPTOR_SIGNATURE && signed.describes(entry) {
        return Ok(start + 16);
    }
    match plain.describes(entry) {
        true => Ok(start + 12),
        false => Err(broken("a data descriptor disagrees with the directory")),
    }
}

fn check_extra(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > EXTRA_BYTES_MAX {
        return Err(broken("an entry has a long extra field"));
    }
    let mut cursor = Cursor { bytes };
    while !cursor.bytes.is_empty() {
        let (id, length) = (cursor.u16()?, cursor.u16()?);
        cursor.take(usize::from(length))?;
        if matches!(id, EXTRA_ZIP64 | EXTRA_UNICODE_PATH) {
            return Err(broken("an entry has a second size or a second name"));
        }
    }
    Ok(())
}

/// Names seen so far, so that no two entries can become one file and no file a directory.
#[derive(Default)]
struct Names {
    files: BTreeSet<String>,
    parents: BTreeSet<String>,
    directories: BTreeSet<String>,
}

impl Names {
    /// The path of a file entry; `None` for a directory entry.
    fn admit(&mut self, entry: &Central) -> Result<Option<BundlePath>, Error> {
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

    fn check_directories(&self) -> Result<(), Error> {
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

struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or_else(|| broken("it is truncated"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, Error> {
        let (taken, rest) = self
            .bytes
            .split_first_chunk::<2>()
            .ok_or_else(|| broken("it is truncated"))?;
        self.bytes = rest;
        Ok(u16::from_le_bytes(*taken))
    }

    fn u32(&mut self) -> Result<u32, Error> {
        let (taken, rest) = self
            .bytes
            .split_first_chunk::<4>()
            .ok_or_else(|| broken("it is truncated"))?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*taken))
    }

    fn describes(&mut self, entry: &Central) -> bool {
        let mut matches = |expected: u64| self.u32().is_ok_and(|found| u64::from(found) == expected);
        matches(u64::from(entry.crc)) && matches(entry.compressed) && matches(entry.size)
    }
}

fn read_at(file: &mut (impl Read + Seek), offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(broken("it is truncated")),
    }
}

fn broken(what: &str) -> Error {
    Error::bundle(Code::ArchiveUnsafe, format!("the archive is refused: {what}"))
}

fn unreadable(source: std::io::Error) -> Error {
    Error::storage("read the archive", source)
}
