//! An archive on its way from the network to the disk.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use airlock_protocol::{Code, Sha256Digest};
use sha2::{Digest as _, Sha256};

use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::feed::Repository;
use crate::records::Offer;
use crate::store;

/// An archive in the downloads directory; removed when dropped, whatever happened. The file stays open from
/// its first byte to its last: what is unpacked is what was hashed, whatever its name leads to by then.
pub(super) struct Archive {
    path: PathBuf,
    file: File,
}

impl Archive {
    pub(super) fn create(engine: &Engine, digest: &Sha256Digest) -> Result<Self, Error> {
        store::create_own_dir(&engine.layout.downloads())?;
        let path = engine.layout.download(digest);
        store::remove_tree(&path).map_err(failed)?;
        let mut options = OpenOptions::new();
        let created = options.read(true).write(true).create_new(true).open(&path);
        Ok(Self {
            file: created.map_err(failed)?,
            path,
        })
    }

    /// Streams the body to the disk and hashes it on the way. Length and hash are right when this
    /// returns, so the zip parser never sees a byte that was not signed.
    pub(super) fn receive(
        &mut self,
        repository: &mut Repository<'_>,
        url: &str,
        max_bytes: u64,
        expected: Option<Sha256Digest>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Error> {
        let mut hash = Sha256::new();
        let mut received = 0_u64;
        repository.stream(url, max_bytes, &mut |piece| {
            hash.update(piece);
            received += piece.len() as u64;
            progress(received);
            self.file.write_all(piece).map_err(failed)
        })?;
        let found = Sha256Digest::from_bytes(hash.finalize().into());
        match expected {
            Some(expected) if expected != found => Err(Error::bundle(
                Code::ChecksumMismatch,
                "the downloaded archive does not have the signed hash; the device tries again at the next check",
            )),
            _ => Ok(()),
        }
    }

    /// The received bytes.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

fn failed(source: std::io::Error) -> Error {
    Error::storage("write the download", source)
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _best_effort = store::remove_tree(&self.path);
    }
}

/// At most one progress event for each percent.
pub(super) struct Progress<'e> {
    engine: &'e Engine,
    offer: Offer,
    total: u64,
    last: Option<u8>,
}

impl<'e> Progress<'e> {
    pub(super) fn new(engine: &'e Engine, offer: Offer, total: u64) -> Self {
        let mut progress = Self {
            engine,
            offer,
            total: total.max(1),
            last: None,
        };
        progress.report(0);
        progress
    }

    pub(super) fn report(&mut self, bytes: u64) {
        let percent = u8::try_from((bytes.saturating_mul(100) / self.total).min(100)).unwrap_or(100);
        if self.last == Some(percent) {
            return;
        }
        self.last = Some(percent);
        self.engine.emit(&AppEvent::Download {
            bundle: self.offer.clone(),
            percent,
            bytes,
        });
    }
}
