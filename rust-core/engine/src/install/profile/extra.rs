//! The extra fields of an entry.

use super::cursor::{Cursor, broken};
use crate::error::Error;

/// Longest extra field accepted; common tools write fewer than 64 bytes.
const EXTRA_BYTES_MAX: usize = 4 * 1024;

const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_UNICODE_PATH: u16 = 0x7075;
/// Version and CRC-32 before the name in a Unicode path field (APPNOTE 4.6.9).
const UNICODE_PATH_FIXED: usize = 5;

/// To be called with the announced length, before the field is read.
pub(super) fn check_extra_length(length: u16) -> Result<(), Error> {
    match usize::from(length) > EXTRA_BYTES_MAX {
        true => Err(broken("an entry has a long extra field")),
        false => Ok(()),
    }
}

/// No second size, and no second name: a Unicode path may only repeat `name`, as JSZip does.
pub(super) fn check_extra(bytes: &[u8], name: &[u8]) -> Result<(), Error> {
    let mut cursor = Cursor { bytes };
    while !cursor.bytes.is_empty() {
        let (id, length) = (cursor.u16()?, cursor.u16()?);
        let field = cursor.take(usize::from(length))?;
        let repeats_name = field.get(UNICODE_PATH_FIXED..) == Some(name);
        if id == EXTRA_ZIP64 || id == EXTRA_UNICODE_PATH && !repeats_name {
            return Err(broken("an entry has a second size or a second name"));
        }
    }
    Ok(())
}
