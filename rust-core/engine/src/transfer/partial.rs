//! A file on its way from the network to the disk, which survives the process that fetches it.
//!
//! ```text
//! downloads/<sha256>.part      the bytes so far, in order from the first
//! downloads/<sha256>.resume    {"etag": "\"…\"", "total": 1234}: what they are a part of
//! ```
//!
//! Nothing here is made durable, and nothing is believed: a part is hashed again from the disk before it goes on, and
//! what is complete is what it must be or is thrown away. So a cut may leave anything in both files.

use std::io::Read as _;
use std::path::PathBuf;

use airlock_protocol::{Checksum, ChecksumHasher, Sha256Digest};
use serde::{Deserialize, Serialize};

use super::{Expects, Leg, Transfer, Wanted, without_query};
use crate::engine::Engine;
use crate::error::Error;
use crate::ports::{Disk, DiskFile, Get, Got, Head, Open, Resume, Sink, StrongEtag};
use crate::store;

const BUFFER_BYTES: usize = 64 * 1024;

/// Longest record read, in bytes: an ETag of 256, escaped, and two numbers.
const RECORD_BYTES: u64 = 1024;

/// Whether a download that ends midway is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For the next run: it is named by the SHA-256 that it must have.
    ForTheNextRun,
    /// Not beyond this run: nothing tells its bytes from those of something else.
    ThisRunOnly,
}

/// The file. It stays open from its first byte to its last: what is unpacked is what was checked, whatever its name
/// leads to by then. Removed when dropped, unless it is to be gone on with.
pub(crate) struct Partial<'e> {
    disk: &'e dyn Disk,
    part: PathBuf,
    record: PathBuf,
    file: Box<dyn DiskFile>,
    keep: Keep,
    checksums: Vec<Checksum>,
    hashers: Vec<ChecksumHasher>,
    /// Bytes here.
    have: u64,
    /// Bytes of the whole, where somebody who is believed says so.
    expected: Option<u64>,
    /// What the server calls them, if it can be asked for the rest.
    resume: Option<Record>,
    /// Whether some of the bytes came by an earlier attempt.
    is_joined: bool,
    /// The whole length that the current answer promises.
    promised: Option<u64>,
}

/// What is needed to ask for the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    etag: String,
    total: u64,
}

impl Record {
    fn etag(&self) -> Option<StrongEtag> {
        StrongEtag::parse(&self.etag)
    }
}

impl<'e> Partial<'e> {
    /// Goes on with what an earlier run left under `name`, or begins. What else lies there is the caller's business
    /// ([`store::keep_downloads`]). It is whole once every one of `checksums`
    /// fits. Errors: `storage_failure`, `no_space`.
    pub(crate) fn open(
        engine: &'e Engine,
        name: &Sha256Digest,
        keep: Keep,
        checksums: Vec<Checksum>,
        expected: Option<u64>,
    ) -> Result<Self, Error> {
        let disk = engine.disk();
        store::create_passing_dir(disk, &engine.layout.downloads())?;
        let (part, record) = (engine.layout.download(name), engine.layout.resume(name));
        if keep == Keep::ForTheNextRun
            && let Some(resume) = read_record(disk, &record, expected)
            && let Ok(file) = store::open_plain(disk, &part, Open::Resume)
        {
            let total = Some(resume.total);
            let mut left = Self {
                hashers: hashers(&checksums),
                have: 0,
                resume: Some(resume),
                is_joined: true,
                promised: None,
                disk,
                part,
                record,
                file,
                keep,
                checksums,
                expected: expected.or(total),
            };
            if left.read_back().is_none() {
                left.start_over()?;
            }
            return Ok(left);
        }
        remove(disk, &record)?;
        remove(disk, &part)?;
        Ok(Self {
            file: disk.open(&part, Open::CreateNew).map_err(failed)?,
            hashers: hashers(&checksums),
            have: 0,
            resume: None,
            is_joined: false,
            promised: None,
            disk,
            part,
            record,
            keep,
            checksums,
            expected,
        })
    }

    /// Bytes that are here already.
    pub(crate) fn have(&self) -> u64 {
        self.have
    }

    /// The checked bytes.
    pub(crate) fn file(&mut self) -> &mut Box<dyn DiskFile> {
        &mut self.file
    }

    /// Fetches what is missing from the first of `wanted` that has it, streamed to the disk and hashed on the way.
    /// `progress` gets the bytes that are here. `false`: no server has it.
    pub(crate) fn fetch(
        &mut self,
        transfer: &mut Transfer<'_>,
        wanted: Wanted<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<bool, Error> {
        let max_bytes = wanted.max_bytes;
        let got = transfer.persist(wanted, &mut |transfer, url| {
            self.leg(transfer, url, max_bytes, progress)
        })?;
        Ok(got.is_some())
    }

    fn leg(
        &mut self,
        transfer: &mut Transfer<'_>,
        url: &str,
        max_bytes: u64,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Leg<()>, Error> {
        if !self.is_complete() {
            let resume = self.rest();
            if resume.is_none() && self.have > 0 {
                self.start_over()?;
            }
            self.is_joined |= resume.is_some();
            let get = Get {
                url,
                max_bytes,
                resume,
            };
            let mut incoming = Incoming {
                partial: &mut *self,
                progress,
            };
            match transfer.ask(&get, Expects::Packed, &mut incoming)? {
                Got::Body => {}
                Got::Missing => return Ok(Leg::Missing),
                Got::NotThisRange => {
                    self.start_over()?;
                    return Ok(Leg::Again);
                }
            }
        }
        self.verdict(url)
    }

    /// What is complete is right, or is thrown away: once more from zero if it was joined from parts, else not from
    /// this server.
    fn verdict(&mut self, url: &str) -> Result<Leg<()>, Error> {
        if let Some(expected) = self.expected.filter(|expected| self.have < *expected)
            && self.promised.is_none()
        {
            let reason = format!("the answer ended after {} of {expected} bytes", self.have);
            let url = without_query(url);
            return Err(Error::Download { url, reason });
        }
        let hashers = std::mem::replace(&mut self.hashers, hashers(&self.checksums));
        let checked = self
            .checksums
            .iter()
            .zip(hashers)
            .try_for_each(|(expected, hasher)| expected.check("the download", &hasher.finish()));
        let Err(wrong) = checked else {
            self.forget()?;
            return Ok(Leg::Done(()));
        };
        let was_joined = self.is_joined;
        self.start_over()?;
        match was_joined {
            true => Ok(Leg::Again),
            false => Err(Error::rejected("checking the download")(wrong)),
        }
    }

    fn is_complete(&self) -> bool {
        self.have > 0 && Some(self.have) == self.expected
    }

    /// What to ask for, if the rest can be had.
    fn rest(&self) -> Option<Resume> {
        let record = self
            .resume
            .as_ref()
            .filter(|record| self.have > 0 && self.have < record.total)?;
        Some(Resume {
            from: self.have,
            total: record.total,
            etag: record.etag()?,
        })
    }

    /// Nothing of what is here counts.
    pub(crate) fn begin_anew(&mut self) -> Result<(), Error> {
        match self.have {
            0 => Ok(()),
            _ => self.start_over(),
        }
    }

    /// Writes the next bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(failed)?;
        self.hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
        self.have = self.have.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Hashes what an earlier run left; nothing if it cannot be read, or is more than the whole.
    fn read_back(&mut self) -> Option<()> {
        let total = self.resume.as_ref()?.total;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = self.file.read(&mut buffer).ok()?;
            let piece = buffer.get(..count).filter(|piece| !piece.is_empty());
            let Some(piece) = piece else { return Some(()) };
            self.have = self.have.saturating_add(count as u64);
            if self.have > total {
                return None;
            }
            self.hashers.iter_mut().for_each(|hasher| hasher.update(piece));
        }
    }

    /// An empty file in the place of what was here.
    fn start_over(&mut self) -> Result<(), Error> {
        self.forget()?;
        remove(self.disk, &self.part)?;
        self.file = self.disk.open(&self.part, Open::CreateNew).map_err(failed)?;
        self.hashers = hashers(&self.checksums);
        self.have = 0;
        self.is_joined = false;
        Ok(())
    }

    /// Nothing will be gone on with.
    fn forget(&mut self) -> Result<(), Error> {
        match self.resume.take() {
            Some(_) => remove(self.disk, &self.record),
            None => Ok(()),
        }
    }

    /// From here on the rest can be asked for, in the next run too. Bytes without a record are thrown away, so it is
    /// written before the first of them.
    fn remember(&mut self, record: Record) -> Result<(), Error> {
        if self.keep == Keep::ForTheNextRun {
            let bytes = serde_json::to_vec(&record)
                .map_err(|error| Error::Internal(format!("a download's record: {error}")))?;
            let mut file = self.disk.open(&self.record, Open::Replace).map_err(failed)?;
            file.write_all(&bytes).map_err(failed)?;
        }
        self.resume = Some(record);
        Ok(())
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        let goes_on = self.keep == Keep::ForTheNextRun && self.resume.is_some() && self.have > 0;
        if !goes_on {
            let _best_effort = store::remove_tree(self.disk, &self.record);
            let _best_effort = store::remove_tree(self.disk, &self.part);
        }
    }
}

/// Takes one answer's body.
struct Incoming<'p, 'e, 'f> {
    partial: &'p mut Partial<'e>,
    progress: &'f mut dyn FnMut(u64),
}

impl Sink for Incoming<'_, '_, '_> {
    fn begin(&mut self, head: &Head) -> Result<(), Error> {
        let partial = &mut *self.partial;
        partial.promised = head.total;
        if head.offset == partial.have && head.offset > 0 {
            return Ok(());
        }
        if partial.have > 0 {
            partial.start_over()?;
        }
        let total = match (partial.expected, head.total) {
            (Some(expected), Some(total)) if expected != total => None,
            (expected, total) => expected.or(total),
        };
        match (&head.etag, total) {
            (Some(etag), Some(total)) => partial.remember(Record {
                etag: etag.as_str().to_owned(),
                total,
            }),
            _ => partial.forget(),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.partial.append(bytes)?;
        (self.progress)(self.partial.have);
        Ok(())
    }
}

fn hashers(checksums: &[Checksum]) -> Vec<ChecksumHasher> {
    checksums
        .iter()
        .map(|checksum| ChecksumHasher::new(checksum.algorithm()))
        .collect()
}

/// Nothing if there is none, or if it is about another file than the one expected.
fn read_record(disk: &dyn Disk, path: &std::path::Path, expected: Option<u64>) -> Option<Record> {
    let record = Record::deserialize(&store::read_json(disk, path, RECORD_BYTES)?).ok()?;
    let fits = expected.is_none_or(|expected| expected == record.total);
    (fits && record.etag().is_some()).then_some(record)
}

fn remove(disk: &dyn Disk, path: &std::path::Path) -> Result<(), Error> {
    store::remove_tree(disk, path).map_err(failed)
}

fn failed(source: std::io::Error) -> Error {
    Error::storage("write the download", source)
}
