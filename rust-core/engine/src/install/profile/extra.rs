//! The extra fields of an entry.

use super::cursor::{Cursor, broken};
use crate::error::Error;

/// Longest extra field accepted; common tools write fewer than 64 bytes.
const EXTRA_BYTES_MAX: usize = 4 * 1024;

const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_UNICODE_PATH: u16 = 0x7075;

pub(super) fn check_extra(bytes: &[u8]) -> Result<(), Error> {
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
