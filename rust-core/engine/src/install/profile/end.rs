//! The end record: where the central directory is and how many entries it has.

use std::io::{Read, Seek, SeekFrom};

use super::cursor::{Cursor, broken, read_at, unreadable};
use crate::error::Error;

const END_BYTES: u64 = 22;
const END_SIGNATURE: u32 = 0x0605_4b50;

/// Bytes of the largest central directory: [`limits::FILES_MAX`](airlock_protocol::limits::FILES_MAX) entries with
/// the longest path and room for extra fields. Stops a directory that keeps a device reading; it is never
/// held in memory as a whole.
const CENTRAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The end record; it must be the last 22 bytes, so there is no comment to hide another one in.
pub(super) struct End {
    pub(super) count: usize,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl End {
    pub(super) fn read(file: &mut (impl Read + Seek)) -> Result<Self, Error> {
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
