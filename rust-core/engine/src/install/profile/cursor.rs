//! Reads little-endian fields, and never past the end of what it was given.

use std::io::{Read, Seek, SeekFrom};

use airlock_protocol::Code;

use crate::error::Error;

pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or_else(|| broken("it is truncated"))?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Error> {
        let (taken, rest) = self
            .bytes
            .split_first_chunk::<2>()
            .ok_or_else(|| broken("it is truncated"))?;
        self.bytes = rest;
        Ok(u16::from_le_bytes(*taken))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        let (taken, rest) = self
            .bytes
            .split_first_chunk::<4>()
            .ok_or_else(|| broken("it is truncated"))?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*taken))
    }
}

pub(super) fn read_at(file: &mut (impl Read + Seek), offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(broken("it is truncated")),
    }
}

pub(super) fn broken(what: &str) -> Error {
    Error::bundle(Code::ArchiveUnsafe, format!("the archive is refused: {what}"))
}

pub(super) fn unreadable(source: std::io::Error) -> Error {
    Error::storage("read the archive", source)
}
