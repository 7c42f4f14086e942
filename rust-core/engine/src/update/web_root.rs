//! A bundle file by file from a web root: copied from what is here where it is the same, else fetched, several at a time.

use std::collections::BTreeMap;
use std::io::{Read, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use airlock_protocol::{
    BundlePath, Checksum, ChecksumAlgorithm, ChecksumHasher, ChecksumJson, Code, FileEntry, Sha256Digest,
    limits,
};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::engine::Engine;
use crate::error::Error;
use crate::feed::Run;
use crate::install::write_checksum;
use crate::ports::{Disk, DiskFile, Get, Got, Open, OpenTree};
use crate::records::Bundle;
use crate::store;
use crate::transfer::{Absence, Expects, Leg, Place, Transfer, Wanted};
use crate::workers::share;

const BUFFER_BYTES: usize = 64 * 1024;

/// A file of a web root.
pub(crate) struct WebFile {
    pub(crate) path: BundlePath,
    /// What its bytes must hash to.
    pub(crate) checksum: Checksum,
    /// Its bytes, where the list says so.
    pub(crate) size: Option<u64>,
}

/// Says what the finished tree is: its description, and the bytes of it.
type Describe<'d> = dyn FnMut(Vec<FileEntry>) -> Result<(ChecksumJson, Vec<u8>), Error> + 'd;

impl Engine {
    /// Builds the tree in the staging directory and moves it into place. No byte is in it that did not have its hash.
    pub(crate) fn install_web_root(
        &self,
        run: &mut Run<'_>,
        files: &[WebFile],
        describe: &mut Describe<'_>,
    ) -> Result<Bundle, Error> {
        let known = files
            .iter()
            .filter_map(|file| file.size)
            .fold(0, u64::saturating_add);
        self.check_space(known)?;
        store::keep_downloads(self.disk(), &self.layout, &[]);
        let staged = self.empty_staging("web-root")?;
        let tree = Tree {
            engine: self,
            directory: Mutex::new(self.disk().open_tree(&staged).map_err(write_failed)?),
            left: Mutex::new(limits::BUNDLE_BYTES),
            bases: self.bases(run),
        };
        let entries = tree.fill(&mut run.transfer, files)?;
        let (checksum, bytes) = describe(entries)?;
        if let Some(adopted) = self.adopt(&checksum)? {
            return Ok(adopted);
        }
        let mut directory = tree
            .directory
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        write_checksum(directory.as_mut(), &bytes)?;
        drop(directory);
        self.move_into_place(&staged, &checksum)
    }

    /// Where the same file may lie at the same place: in what runs, and in what the binary brought.
    fn bases(&self, run: &Run<'_>) -> Vec<PathBuf> {
        let running = run.state.current().map(|id| self.layout.bundle(&id));
        let embedded = self.embedded(&run.state).directory();
        running.into_iter().chain(embedded).collect()
    }
}

/// The tree being built. Several threads write files of it.
struct Tree<'e> {
    engine: &'e Engine,
    directory: Mutex<Box<dyn OpenTree>>,
    /// Bytes that it may still get.
    left: Mutex<u64>,
    bases: Vec<PathBuf>,
}

impl<'e> Tree<'e> {
    /// Brings every file, on as many threads as the transport wants requests at once. What they are, in the order asked for.
    fn fill<'r>(&self, transfer: &mut Transfer<'r>, files: &[WebFile]) -> Result<Vec<FileEntry>, Error> {
        let threads = self.engine.host.transport.parallel().clamp(1, files.len().max(1));
        let mut forks: Vec<Transfer<'r>> = (0..threads as u64).map(|number| transfer.fork(number)).collect();
        let entries = Mutex::new(BTreeMap::new());
        let jobs: Vec<(usize, &WebFile)> = files.iter().enumerate().collect();
        let outcome = share(&mut forks, &jobs, |transfer, (number, file)| {
            let entry = match self.copy_from_here(file)? {
                Some(entry) => entry,
                None => self.fetch(transfer, file)?,
            };
            lock(&entries).insert(*number, entry);
            Ok(())
        });
        forks.iter().for_each(|fork| transfer.join(fork));
        outcome?;
        let entries = entries.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.into_values().collect())
    }

    /// Copies a file that is on the device, if it still is what it should be: it is hashed while it is copied.
    fn copy_from_here(&self, file: &WebFile) -> Result<Option<FileEntry>, Error> {
        for directory in &self.bases {
            let path = directory.join(file.path.as_str());
            let Ok(mut source) = store::open_plain(self.disk(), &path, Open::Read) else {
                continue;
            };
            let mut draft = self.draft(file)?;
            let mut buffer = vec![0; BUFFER_BYTES];
            let is_read = loop {
                let Ok(count) = source.read(&mut buffer) else {
                    break false;
                };
                let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
                    break true;
                };
                match draft.write(piece) {
                    Ok(()) => {}
                    Err(Error::Bundle { .. }) => break false,
                    Err(error) => return Err(error),
                }
            };
            if let Some(Ok(entry)) = is_read.then(|| draft.finish()) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Fetches one file into the tree and checks its hash.
    fn fetch(&self, transfer: &mut Transfer<'_>, file: &WebFile) -> Result<FileEntry, Error> {
        let address = address(&file.path)?;
        let max_bytes = file.size.unwrap_or_else(|| *lock(&self.left));
        let wanted = Wanted {
            place: Place::Repository(&address),
            max_bytes,
            absence: Absence::Fails,
        };
        let got = transfer.persist(wanted, &mut |transfer, url| {
            let mut draft = self.draft(file)?;
            let get = Get::whole(url, max_bytes);
            let got = transfer.ask(&get, Expects::WebFile, &mut |piece: &[u8]| draft.write(piece))?;
            match got {
                Got::Body => draft.finish().map(Leg::Done),
                Got::Missing => Ok(Leg::Missing),
                Got::NotThisRange => Ok(Leg::Again),
            }
        })?;
        got.ok_or_else(|| transfer.missing(wanted.place))
    }

    fn draft<'t>(&'t self, wanted: &'t WebFile) -> Result<Draft<'t>, Error> {
        let file = lock(&self.directory).create(&wanted.path).map_err(write_failed)?;
        let algorithm = wanted.checksum.algorithm();
        Ok(Draft {
            directory: &self.directory,
            left: &self.left,
            wanted,
            file: Some(file),
            promised: (algorithm != ChecksumAlgorithm::Sha256).then(|| ChecksumHasher::new(algorithm)),
            own: Sha256::new(),
            size: 0,
        })
    }

    fn disk(&self) -> &'e dyn Disk {
        self.engine.disk()
    }
}

/// A file being written. Dropped before it is right, it is gone.
struct Draft<'t> {
    directory: &'t Mutex<Box<dyn OpenTree>>,
    left: &'t Mutex<u64>,
    wanted: &'t WebFile,
    /// `None` once it belongs to the tree.
    file: Option<Box<dyn DiskFile>>,
    /// Where the list has another hash than our own.
    promised: Option<ChecksumHasher>,
    own: Sha256,
    size: u64,
}

impl Draft<'_> {
    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        let bytes = piece.len() as u64;
        let mut left = lock(self.left);
        *left = left.checked_sub(bytes).ok_or_else(too_large)?;
        drop(left);
        self.size = self.size.saturating_add(bytes);
        if self.wanted.size.is_some_and(|listed| listed < self.size) {
            return Err(self.wrong_size());
        }
        self.own.update(piece);
        if let Some(promised) = &mut self.promised {
            promised.update(piece);
        }
        match &mut self.file {
            Some(file) => file.write_all(piece).map_err(write_failed),
            None => Ok(()),
        }
    }

    /// Makes it part of the tree.
    fn finish(mut self) -> Result<FileEntry, Error> {
        let own = std::mem::replace(&mut self.own, Sha256::new());
        let digest = Sha256Digest::from_bytes(own.finalize().into());
        let promised = self.promised.take();
        let found = promised.map_or(Checksum::Sha256(digest), ChecksumHasher::finish);
        let wanted = self.wanted;
        let checked = wanted.checksum.check(wanted.path.as_str(), &found);
        checked.map_err(Error::rejected("checking a file of the web root"))?;
        if wanted.size.is_some_and(|listed| listed != self.size) {
            return Err(self.wrong_size());
        }
        self.file = None;
        Ok(FileEntry {
            path: wanted.path.clone(),
            digest,
            size: self.size,
        })
    }

    fn wrong_size(&self) -> Error {
        let text = format!("`{}` has another size than checksum.json says", self.wanted.path);
        Error::bundle(Code::ChecksumMismatch, text)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            *lock(self.left) += self.size;
            // One that stays makes the next draft of it fail: it can never be taken for right.
            let _best_effort = lock(self.directory).remove(&self.wanted.path);
        }
    }
}

/// Nothing that is locked here can be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path as a URL has it: a space or a `#` in a name must not end it.
fn address(path: &BundlePath) -> Result<String, Error> {
    let mut url = Url::parse("https://localhost").map_err(|error| Error::Internal(error.to_string()))?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path.as_str().split('/'));
    }
    Ok(url.path().trim_start_matches('/').to_owned())
}

fn too_large() -> Error {
    let text = format!(
        "the web root is larger than the {} bytes allowed",
        limits::BUNDLE_BYTES
    );
    Error::bundle(Code::MetadataInvalid, text)
}

fn write_failed(source: std::io::Error) -> Error {
    Error::storage("write a file of the bundle", source)
}
