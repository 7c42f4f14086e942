//! What the central directory says about each entry.

use std::io::{Read, Seek};

use super::cursor::{Cursor, Window, broken};
use super::extra::{check_extra, check_extra_length};
use crate::error::Error;

const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
/// Bytes of a directory record before the name.
const CENTRAL_BYTES: usize = 46;

const FLAG_ENCRYPTED: u16 = 1 << 0;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
/// Deflate's two speed bits say nothing that a reader needs.
const FLAG_SPEED: u16 = 0b110;

/// Deflate spends at least 2 bits on 258 bytes: whoever declares more lies.
const DEFLATE_RATIO_MAX: u64 = 1032;
/// What deflate makes of nothing; some tools (Java's) write it for directories.
const EMPTY_DEFLATE_BYTES: u64 = 2;

const MODE_TYPE: u32 = 0o170_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const DOS_DIRECTORY: u32 = 0x10;

/// How an entry's data is kept in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// As a raw deflate stream (RFC 1951).
    Deflated,
}

/// One entry of the central directory.
pub(super) struct Central {
    pub(super) flags: u16,
    pub(super) method: Method,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    attributes: u32,
    pub(super) offset: u64,
    pub(super) name: Vec<u8>,
}

impl Method {
    /// Its number in the archive (APPNOTE 4.4.5).
    pub(super) fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }

    fn from_number(number: u16) -> Result<Self, Error> {
        [Self::Stored, Self::Deflated]
            .into_iter()
            .find(|method| method.number() == number)
            .ok_or_else(|| broken("an entry is neither stored nor deflated"))
    }
}

impl Central {
    /// The next record of the directory. Lengths are judged before what they announce is read.
    pub(super) fn read(file: &mut (impl Read + Seek), directory: &mut Window) -> Result<Self, Error> {
        let mut cursor = Cursor {
            bytes: directory.take(file, CENTRAL_BYTES)?,
        };
        if cursor.u32()? != CENTRAL_SIGNATURE {
            return Err(broken("its central directory is damaged"));
        }
        let (_made_by, _needed) = (cursor.u16()?, cursor.u16()?);
        let (flags, method) = (cursor.u16()?, cursor.u16()?);
        let _time = cursor.u32()?;
        let (crc, compressed, size) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
        let (name, extra, comment) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        let disk = cursor.u16()?;
        let _internal = cursor.u16()?;
        let (attributes, offset) = (cursor.u32()?, cursor.u32()?);
        if comment != 0 || disk != 0 {
            return Err(broken("an entry has a comment or lies on another disk"));
        }
        let name = directory.take(file, usize::from(name))?.to_vec();
        check_extra_length(extra)?;
        check_extra(directory.take(file, usize::from(extra))?, &name)?;
        check_flags(flags)?;
        let entry = Self {
            flags,
            method: Method::from_number(method)?,
            crc,
            compressed: u64::from(compressed),
            size: u64::from(size),
            attributes,
            offset: u64::from(offset),
            name,
        };
        entry.check_sizes()?;
        entry.check_kind()?;
        Ok(entry)
    }

    /// A stored entry that is streamed has no end that a reader without the directory could find.
    fn check_sizes(&self) -> Result<(), Error> {
        let stored = self.method == Method::Stored;
        if stored && (self.compressed != self.size || self.has_descriptor() && self.size > 0) {
            return Err(broken("a stored entry has two sizes or none"));
        }
        if self.size > self.compressed.saturating_mul(DEFLATE_RATIO_MAX) {
            return Err(broken("an entry claims to inflate to more than deflate can hold"));
        }
        // Nobody inflates a directory, so whatever were in it would be hidden.
        if self.is_directory() && (self.size, self.crc) != (0, 0)
            || self.is_directory() && self.compressed > EMPTY_DEFLATE_BYTES
        {
            return Err(broken("a directory holds data"));
        }
        Ok(())
    }

    /// Name and attributes agree on what the entry is. Whatever system the archive claims to come from:
    /// some readers take a Unix mode from any.
    fn check_kind(&self) -> Result<(), Error> {
        let kind = (self.attributes >> 16) & MODE_TYPE;
        let (expected, dos) = match self.is_directory() {
            true => (MODE_DIRECTORY, DOS_DIRECTORY),
            false => (MODE_FILE, 0),
        };
        if kind != 0 && kind != expected || self.attributes & DOS_DIRECTORY > dos {
            return Err(broken("an entry is a link or a special file"));
        }
        Ok(())
    }

    pub(super) fn is_directory(&self) -> bool {
        self.name.ends_with(b"/")
    }

    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0
    }

    pub(super) fn text(&self) -> Result<&str, Error> {
        let text = std::str::from_utf8(&self.name).map_err(|_| broken("a name is not utf-8"))?;
        if !text.is_ascii() && self.flags & FLAG_UTF8 == 0 {
            return Err(broken(
                "a name is not ascii and not declared to be utf-8; pack it with another tool",
            ));
        }
        Ok(text)
    }
}

fn check_flags(flags: u16) -> Result<(), Error> {
    if flags & FLAG_ENCRYPTED != 0 {
        return Err(broken("an entry is encrypted"));
    }
    match flags & !(FLAG_DESCRIPTOR | FLAG_UTF8 | FLAG_SPEED) {
        0 => Ok(()),
        _ => Err(broken("an entry uses a feature that bundles do not use")),
    }
}
