//! The header before each entry and the data descriptor after it, held against the central directory.

use std::io::{Read, Seek};

use super::central::Central;
use super::cursor::{Cursor, broken, read_at};
use super::extra::{check_extra, check_extra_length};
use crate::error::Error;

const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;

/// Bytes of a local header before the name.
const LOCAL_BYTES: u64 = 30;

/// Where an entry's data begins, and where the next entry does.
pub(super) struct Place {
    pub(super) data: u64,
    pub(super) next: u64,
}

/// Compares an entry's own header with the central directory, which begins at `limit`.
pub(super) fn check_local(
    file: &mut (impl Read + Seek),
    entry: &Central,
    limit: u64,
) -> Result<Place, Error> {
    let header = read_at(file, entry.offset, LOCAL_BYTES)?;
    let mut cursor = Cursor { bytes: &header };
    if cursor.u32()? != LOCAL_SIGNATURE {
        return Err(broken("an entry does not begin where the directory says"));
    }
    let _needed = cursor.u16()?;
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    let _time = cursor.u32()?;
    let found = [cursor.u32()?, cursor.u32()?, cursor.u32()?].map(u64::from);
    if flags != entry.flags || method != entry.method.number() || !agrees(found, entry) {
        return Err(broken("an entry and the directory disagree"));
    }
    let (name, extra) = (cursor.u16()?, cursor.u16()?);
    check_extra_length(extra)?;
    let variable = read_at(
        file,
        entry.offset + LOCAL_BYTES,
        u64::from(name) + u64::from(extra),
    )?;
    let mut cursor = Cursor { bytes: &variable };
    if cursor.take(usize::from(name))? != entry.name {
        return Err(broken("an entry and the directory disagree on a name"));
    }
    check_extra(cursor.bytes, &entry.name)?;
    let data = entry.offset + LOCAL_BYTES + variable.len() as u64;
    let end = data + entry.compressed;
    if end > limit {
        return Err(broken("an entry runs into the directory"));
    }
    let next = match entry.has_descriptor() {
        true => check_descriptor(file, entry, end, limit)?,
        false => end,
    };
    Ok(Place { data, next })
}

/// CRC, compressed size and size are the directory's; a streamed entry may leave any of them at zero
/// until its descriptor (Info-ZIP and libarchive know the size beforehand).
fn agrees(found: [u64; 3], entry: &Central) -> bool {
    let declared = [u64::from(entry.crc), entry.compressed, entry.size];
    let mut pairs = found.iter().zip(declared);
    pairs.all(|(&found, declared)| found == declared || entry.has_descriptor() && found == 0)
}

/// The data descriptor of a streamed entry, with or without its optional signature. Returns its end.
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
    if signed.u32()? == DESCRIPTOR_SIGNATURE && describes(&mut signed, entry) {
        return Ok(start + 16);
    }
    match describes(&mut plain, entry) {
        true => Ok(start + 12),
        false => Err(broken("a data descriptor disagrees with the directory")),
    }
}

fn describes(descriptor: &mut Cursor<'_>, entry: &Central) -> bool {
    let mut matches = |expected: u64| descriptor.u32().is_ok_and(|found| u64::from(found) == expected);
    matches(u64::from(entry.crc)) && matches(entry.compressed) && matches(entry.size)
}
