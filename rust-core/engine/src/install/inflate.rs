//! The bytes of one entry on their way out of the archive.
//!
//! Read from the place that the profile has checked and from nowhere else: a second zip parser might
//! find another central directory in the same file (through a zip64 locator inside an extra field, say).

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use airlock_protocol::Code;
use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::profile::{ArchiveEntry, Method};
use super::stages::{Stage, Stages};
use crate::error::Error;

/// One entry being inflated.
pub(super) struct Inflate<'a, R> {
    entry: &'a ArchiveEntry,
    data: Data<'a, R>,
    stages: &'a Stages,
    /// Of the bytes given out so far.
    crc: Crc,
    given: u64,
}

enum Data<'a, R> {
    Stored(Section<'a, R>),
    Deflated(Box<DeflateDecoder<Section<'a, R>>>),
}

/// A part of an archive that several threads read from: each read looks for its own place first.
struct Section<'a, R> {
    archive: &'a Mutex<R>,
    at: u64,
    left: u64,
    /// How long it took to read.
    waited: Duration,
}

impl<R: Read + Seek> Read for Section<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let start = Instant::now();
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        archive.seek(SeekFrom::Start(self.at))?;
        let count = archive.read(buffer)?;
        drop(archive);
        self.at = self.at.saturating_add(count as u64);
        self.left = self.left.saturating_sub(count as u64);
        self.waited = self.waited.saturating_add(start.elapsed());
        Ok(count)
    }
}

impl<'a, R: Read + Seek> Inflate<'a, R> {
    /// Reads nothing yet.
    pub(super) fn start(archive: &'a Mutex<R>, entry: &'a ArchiveEntry, stages: &'a Stages) -> Self {
        let data = Section {
            archive,
            at: entry.start,
            left: entry.compressed,
            waited: Duration::ZERO,
        };
        Self {
            entry,
            data: match entry.method {
                Method::Stored => Data::Stored(data),
                Method::Deflated => Data::Deflated(Box::new(DeflateDecoder::new(data))),
            },
            stages,
            crc: Crc::new(),
            given: 0,
        }
    }

    /// The next bytes, none at the end. Never more in all than the entry declares. Errors:
    /// `archive_unsafe`, `storage_failure`.
    pub(super) fn next<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
        let (start, before) = (Instant::now(), self.waited());
        let count = match &mut self.data {
            Data::Stored(data) => data.read(buffer),
            Data::Deflated(data) => data.read(buffer),
        };
        let waited = self.waited().saturating_sub(before);
        self.stages.add(Stage::Read, waited);
        self.stages
            .add(Stage::Inflate, start.elapsed().saturating_sub(waited));
        let piece = buffer.get(..count.map_err(unreadable)?).unwrap_or_default();
        self.given += piece.len() as u64;
        if self.given > self.entry.size {
            return Err(damaged("an entry is longer than it says"));
        }
        self.crc.update(piece);
        Ok(piece)
    }

    fn waited(&self) -> Duration {
        match &self.data {
            Data::Stored(data) => data.waited,
            Data::Deflated(data) => data.get_ref().waited,
        }
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
