//! An archive on its way from the network to the disk.

use std::path::PathBuf;

use airlock_protocol::{Code, Sha256Digest};
use sha2::{Digest as _, Sha256};

use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::feed::Repository;
use crate::ports::{Disk, DiskFile, Open};
use crate::records::Offer;
use crate::store;

/// An archive in the downloads directory; removed when dropped, whatever happened.
pub(super) struct Archive<'e> {
    disk: &'e dyn Disk,
    path: PathBuf,
}

impl<'e> Archive<'e> {
    pub(super) fn create(engine: &'e Engine, digest: &Sha256Digest) -> Result<Self, Error> {
        store::create_own_dir(engine.disk(), &engine.layout.downloads())?;
        Ok(Self {
            disk: engine.disk(),
            path: engine.layout.download(digest),
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
        let failed = |source| Error::storage("write the download", source);
        let mut file = self.disk.open(&self.path, Open::Replace).map_err(failed)?;
        let mut hash = Sha256::new();
        let mut received = 0_u64;
        repository.stream(url, max_bytes, &mut |piece| {
            hash.update(piece);
            received += piece.len() as u64;
            progress(received);
            file.write_all(piece).map_err(failed)
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

    pub(super) fn open(&self) -> Result<Box<dyn DiskFile>, Error> {
        let opened = self.disk.open(&self.path, Open::Read);
        opened.map_err(|source| Error::storage("read the download", source))
    }
}

impl Drop for Archive<'_> {
    fn drop(&mut self) {
        let _best_effort = store::remove_tree(self.disk, &self.path);
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
