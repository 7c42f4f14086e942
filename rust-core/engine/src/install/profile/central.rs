//! What the central directory says about each entry.

use super::cursor::{Cursor, broken};
use super::extra::check_extra;
use crate::error::Error;

const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;

const FLAG_ENCRYPTED: u16 = 1 << 0;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
/// Deflate's two speed bits say nothing that a reader needs.
const FLAG_SPEED: u16 = 0b110;

const METHOD_STORED: u16 = 0;
const METHOD_DEFLATED: u16 = 8;

const MODE_TYPE: u32 = 0o170_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const MADE_BY_UNIX: u8 = 3;
const MADE_BY_DARWIN: u8 = 19;

/// One entry of the central directory.
pub(super) struct Central {
    made_by: u8,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    attributes: u32,
    pub(super) offset: u64,
    pub(super) name: Vec<u8>,
}

impl Central {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Error> {
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

    pub(super) fn is_directory(&self) -> bool {
        self.name.ends_with(b"/")
    }

    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & FLAG_DESCRIPTOR != 0
    }

    pub(super) fn text(&self) -> Result<&str, Error> {
        let text = std::str::from_utf8(&self.name).map_err(|_| broken("a name is not utf-8"))?;
        if !text.is_ascii() && self.flags & FLAG_UTF8 == 0 {
            return Err(broken("a name is not ascii and not declared to be utf-8"));
        }
        Ok(text)
    }
}
