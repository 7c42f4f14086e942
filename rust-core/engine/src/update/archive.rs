//! An archive on its way from the network to the disk.

use std::path::PathBuf;

use airlock_foreign::capgo::SealedArchive;
use airlock_protocol::{Checksum, ChecksumHasher, Sha256Digest, limits};

use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::feed::Repository;
use crate::ports::{Disk, DiskFile, Open};
use crate::records::Offer;
use crate::store;

/// A file in the downloads directory that an archive is being written to; removed when dropped, whatever
/// happened. It stays open from its first byte to its last: what is unpacked is what was checked, whatever its
/// name leads to by then.
pub(super) struct Incoming<'e> {
    disk: &'e dyn Disk,
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

/// An archive that is the one it must be: the only thing the zip parser is given. Removed when dropped.
pub(super) struct Archive<'e>(Incoming<'e>);

impl<'e> Incoming<'e> {
    /// Makes room for the archive that `name` tells apart from others.
    pub(super) fn create(engine: &'e Engine, name: &Sha256Digest) -> Result<Self, Error> {
        let disk = engine.disk();
        store::create_own_dir(disk, &engine.layout.downloads())?;
        let path = engine.layout.download(name);
        store::remove_tree(disk, &path).map_err(failed)?;
        Ok(Self {
            disk,
            file: disk.open(&path, Open::CreateNew).map_err(failed)?,
            path,
        })
    }

    /// Streams the body to the disk and hashes it on the way: it is an archive once every one of `checksums`
    /// fits, so the zip parser never sees a byte that nobody vouched for (none of them: `allowUnsigned`).
    pub(super) fn receive(
        mut self,
        repository: &mut Repository<'_>,
        url: &str,
        max_bytes: u64,
        checksums: &[Checksum],
        progress: &mut dyn FnMut(u64),
    ) -> Result<Archive<'e>, Error> {
        let mut hashers: Vec<ChecksumHasher> = checksums
            .iter()
            .map(|checksum| ChecksumHasher::new(checksum.algorithm()))
            .collect();
        let mut received = 0_u64;
        repository.stream(url, max_bytes, &mut |piece| {
            hashers.iter_mut().for_each(|hasher| hasher.update(piece));
            received += piece.len() as u64;
            progress(received);
            self.file.write_all(piece).map_err(failed)
        })?;
        for (expected, hasher) in checksums.iter().zip(hashers) {
            expected
                .check("the downloaded archive", &hasher.finish())
                .map_err(Error::rejected("checking the download"))?;
        }
        Ok(Archive(self))
    }

    /// The same for an archive that the peer encrypted. Only the plain zip touches the disk, and it is no
    /// archive before the decryptor has agreed to the last byte.
    pub(super) fn receive_sealed(
        mut self,
        repository: &mut Repository<'_>,
        url: &str,
        sealed: &SealedArchive,
    ) -> Result<Archive<'e>, Error> {
        let mut decryptor = sealed.decryptor();
        repository.stream(url, limits::BUNDLE_BYTES, &mut |piece| {
            self.file.write_all(decryptor.update(piece)).map_err(failed)
        })?;
        let last = decryptor.finish()?;
        self.file.write_all(&last).map_err(failed)?;
        Ok(Archive(self))
    }
}

impl Archive<'_> {
    /// The checked bytes.
    pub(super) fn file(&mut self) -> &mut Box<dyn DiskFile> {
        &mut self.0.file
    }
}

fn failed(source: std::io::Error) -> Error {
    Error::storage("write the download", source)
}

impl Drop for Incoming<'_> {
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
