//! The bytes of one entry on their way out of the archive.
//!
//! Read from the place that the profile has checked and from nowhere else: a second zip parser might
//! find another central directory in the same file (through a zip64 locator inside an extra field, say).

use std::io::{self, Read, Seek, SeekFrom, Take};

use airlock_protocol::Code;
use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::profile::{ArchiveEntry, Method};
use crate::error::Error;

/// One entry being inflated.
pub(super) struct Inflate<'a, R> {
    entry: &'a ArchiveEntry,
    data: Data<'a, R>,
    /// Of the bytes given out so far.
    crc: Crc,
    given: u64,
}

enum Data<'a, R> {
    Stored(Take<&'a mut R>),
    Deflated(Box<DeflateDecoder<Take<&'a mut R>>>),
}

impl<'a, R: Read + Seek> Inflate<'a, R> {
    pub(super) fn start(archive: &'a mut R, entry: &'a ArchiveEntry) -> Result<Self, Error> {
        archive
            .seek(SeekFrom::Start(entry.start))
            .map_err(|source| Error::storage("read the archive", source))?;
        let data = archive.take(entry.compressed);
        Ok(Self {
            entry,
            data: match entry.method {
                Method::Stored => Data::Stored(data),
                Method::Deflated => Data::Deflated(Box::new(DeflateDecoder::new(data))),
            },
            crc: Crc::new(),
            given: 0,
        })
    }

    /// The next bytes, none at the end. Never more in all than the entry declares. Errors:
    /// `archive_unsafe`, `storage_failure`.
    pub(super) fn next<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
        let count = match &mut self.data {
            Data::Stored(data) => data.read(buffer),
            Data::Deflated(data) => data.read(buffer),
        };
        let piece = buffer.get(..count.map_err(unreadable)?).unwrap_or_default();
        self.given += piece.len() as u64;
        if self.given > self.entry.size {
            return Err(damaged("an entry is longer than it says"));
        }
        self.crc.update(piece);
        Ok(piece)
    }

    /// To be called at the end: was it all there, unchanged, and nothing behind it?
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.given < self.entry.size {
            return Err(damaged("an entry is shorter than it says"));
        }
        if self.crc.sum() != self.entry.crc {
            return Err(damaged("an entry does not have its checksum"));
        }
        match self.data {
            Data::Deflated(data) if data.total_in() != self.entry.compressed => {
                Err(damaged("data lies behind the end of an entry's deflate stream"))
            }
            _ => Ok(()),
        }
    }
}

/// Broken deflate is the archive's fault, all else the disk's.
fn unreadable(source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            damaged("an entry does not inflate")
        }
        _ => Error::storage("read the archive", source),
    }
}

fn damaged(what: &str) -> Error {
    Error::bundle(Code::ArchiveUnsafe, format!("the archive is refused: {what}"))
}
