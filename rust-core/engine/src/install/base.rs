//! A bundle that is on the device already, as something to copy from.
//!
//! Nothing of it is believed: what is copied is hashed, and what a patch looks back at is held against the digest in the
//! patch. A file that is not there, or not right, is no fault of the update; it is only not had from here.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use airlock_protocol::{BundleId, CHECKSUM_FILE, ChecksumJson, Code, Copied, FileEntry, limits};

use super::assembly::Assembly;
use super::frame::Out;
use super::stages::Stage;
use crate::embedded::Assets;
use crate::error::Error;
use crate::ports::{Disk, Open};
use crate::store;
use crate::workers::share;

const BUFFER_BYTES: usize = 64 * 1024;

/// A bundle to copy from.
pub(crate) struct Base<'d> {
    disk: &'d dyn Disk,
    checksum: ChecksumJson,
    place: Place,
}

enum Place {
    Directory(PathBuf),
    /// Entries of one APK are read one after the other.
    Apk(Mutex<Assets>),
}

impl<'d> Base<'d> {
    /// The bundle in a directory. `None` where there is none, or another one.
    pub(crate) fn in_directory(disk: &'d dyn Disk, directory: &Path, id: &BundleId) -> Option<Self> {
        let path = directory.join(CHECKSUM_FILE);
        let bytes = store::read_capped(disk, &path, limits::CHECKSUM_JSON_BYTES).ok()??;
        Self::described(disk, &bytes, id, Place::Directory(directory.to_owned()))
    }

    /// The bundle in the app's APK files. `None` where there is none, or another one.
    pub(crate) fn in_apk(disk: &'d dyn Disk, files: &[PathBuf], id: &BundleId) -> Option<Self> {
        let mut assets = Assets::open(disk, files).ok()?;
        let bytes = assets.read(CHECKSUM_FILE, limits::CHECKSUM_JSON_BYTES).ok()??;
        Self::described(disk, &bytes, id, Place::Apk(Mutex::new(assets)))
    }

    fn described(disk: &'d dyn Disk, bytes: &[u8], id: &BundleId, place: Place) -> Option<Self> {
        let checksum = ChecksumJson::parse(bytes).ok()?;
        (checksum.id() == *id).then_some(Self {
            disk,
            checksum,
            place,
        })
    }

    /// Its files, as its tree digest proves them to have been.
    pub(crate) fn files(&self) -> &[FileEntry] {
        self.checksum.files()
    }

    /// Copies what the tree lacks and this bundle has. Errors: `no_space`, `storage_failure`, of the tree alone.
    pub(crate) fn copy_into(&self, assembly: &Assembly<'_>, copied: &[Copied<'_>]) -> Result<(), Error> {
        let mut buffers = vec![vec![0; BUFFER_BYTES]; assembly.threads()];
        share(&mut buffers, copied, |buffer, copied| {
            self.copy(assembly, copied, buffer)
        })
    }

    fn copy(&self, assembly: &Assembly<'_>, copied: &Copied<'_>, buffer: &mut [u8]) -> Result<(), Error> {
        let Some(to) = assembly.missing_at(&copied.to.path) else {
            return Ok(());
        };
        let clone = match &self.place {
            Place::Directory(directory) => {
                assembly.clone_from(to, &directory.join(copied.from.path.as_str()))
            }
            Place::Apk(_) => None,
        };
        let outcome = match clone {
            Some(clone) => clone.finish_clone(buffer),
            None => self.copy_bytes(assembly, (copied.from, to), buffer),
        };
        match outcome {
            Err(error) if error.code() == Code::ChecksumMismatch => Ok(()),
            outcome => outcome,
        }
    }

    /// Reads, hashes and writes in one go: the bytes come by the processor's caches either way, because they are hashed.
    fn copy_bytes<'c>(
        &self,
        assembly: &Assembly<'c>,
        (from, to): (&FileEntry, &'c FileEntry),
        buffer: &mut [u8],
    ) -> Result<(), Error> {
        let mut draft = assembly.draft(to)?;
        let start = Instant::now();
        let mut working = Duration::ZERO;
        let read = self.read(from, buffer, &mut |piece| {
            let start = Instant::now();
            let written = draft.write(piece);
            working += start.elapsed();
            written
        });
        assembly
            .stages()
            .add(Stage::Read, start.elapsed().saturating_sub(working));
        match read {
            Ok(written) => written.and_then(|()| draft.finish()),
            Err(_unreadable) => Ok(()),
        }
    }

    /// The bytes of these files, joined: each is read once, and held in memory so that what is used is what was judged,
    /// whatever happens to the files meanwhile. Errors: `checksum_mismatch`.
    pub(crate) fn join(&self, files: &[&FileEntry]) -> Result<Vec<u8>, Error> {
        let bytes: u64 = files.iter().map(|file| file.size).sum();
        let mut joined = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
        let mut buffer = vec![0; BUFFER_BYTES];
        for file in files {
            let mut left = file.size;
            let read = self.read(file, &mut buffer, &mut |piece| {
                let rest = left.checked_sub(piece.len() as u64);
                left = rest.ok_or_else(|| damaged(file))?;
                joined.extend_from_slice(piece);
                Ok(())
            });
            match read {
                Ok(within) => within?,
                Err(_unreadable) => return Err(damaged(file)),
            }
            if left > 0 {
                return Err(damaged(file));
            }
        }
        Ok(joined)
    }

    /// Gives the bytes of one file. The outer error is this bundle's, the inner one that of `out`.
    fn read(&self, file: &FileEntry, buffer: &mut [u8], out: &mut Out<'_>) -> io::Result<Result<(), Error>> {
        match &self.place {
            Place::Directory(directory) => {
                let path = directory.join(file.path.as_str());
                let mut file = store::open_plain(self.disk, &path, Open::Read)?;
                pour(&mut file, buffer, out)
            }
            Place::Apk(assets) => {
                let mut assets = assets.lock().unwrap_or_else(PoisonError::into_inner);
                let read = assets.with(file.path.as_str(), |mut file| pour(&mut file, buffer, out))?;
                read.ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }
}

/// Reads to the end, or to the first bytes that are not wanted.
fn pour(from: &mut dyn io::Read, buffer: &mut [u8], out: &mut Out<'_>) -> io::Result<Result<(), Error>> {
    loop {
        let count = from.read(buffer)?;
        let piece = buffer.get(..count).unwrap_or_default();
        if piece.is_empty() {
            return Ok(Ok(()));
        }
        if let Err(error) = out(piece) {
            return Ok(Err(error));
        }
    }
}

pub(super) fn damaged(file: &FileEntry) -> Error {
    let text = format!(
        "the bundle on this device that the patch is for is damaged: `{}` is not what it was",
        file.path
    );
    Error::bundle(Code::ChecksumMismatch, text)
}
