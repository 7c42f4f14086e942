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

/// A part of the archive that is read forwards, a piece at a time: a directory of 64 MiB costs no more
/// memory than one of 64 KiB.
pub(super) struct Window {
    /// Where the next piece begins in the file.
    position: u64,
    end: u64,
    piece: Vec<u8>,
    taken: usize,
}

impl Window {
    /// Bytes read ahead; a directory record of a common tool has fewer than 200.
    const PIECE_BYTES: u64 = 64 * 1024;

    pub(super) fn new(offset: u64, length: u64) -> Self {
        Self {
            position: offset,
            end: offset + length,
            piece: Vec::new(),
            taken: 0,
        }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, file: &mut (impl Read + Seek), count: usize) -> Result<&[u8], Error> {
        if self.piece.len() - self.taken < count {
            let start = self.position - (self.piece.len() - self.taken) as u64;
            let length = (count as u64).max(Self::PIECE_BYTES).min(self.end - start);
            self.piece = read_at(file, start, length)?;
            (self.position, self.taken) = (start + length, 0);
        }
        let range = self.taken..self.taken + count;
        self.taken = range.end.min(self.piece.len());
        self.piece.get(range).ok_or_else(|| broken("it is truncated"))
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position == self.end && self.taken == self.piece.len()
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
