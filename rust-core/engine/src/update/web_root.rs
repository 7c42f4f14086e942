//! A bundle file by file from a web root: copied from what is here where it is the same, else fetched.

use std::io::{Read, Seek as _, SeekFrom, Write as _};

use airlock_protocol::{
    BundlePath, Checksum, ChecksumHasher, ChecksumJson, Code, FileEntry, Sha256Digest, limits,
};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::engine::Engine;
use crate::error::Error;
use crate::feed::Run;
use crate::install::write_checksum;
use crate::ports::{DiskFile, Get, Got, Kind, Open, OpenTree};
use crate::records::Bundle;
use crate::store;
use crate::transfer::{Absence, Expects, Keep, Leg, Partial, Place, Wanted};

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
        let mut tree = self.disk().open_tree(&staged).map_err(write_failed)?;
        let mut left = limits::BUNDLE_BYTES;
        let mut entries = Vec::with_capacity(files.len());
        for file in files {
            let entry = match self.here(run, file)? {
                Some(mut same) => copy(&mut same, tree.as_mut(), file)?,
                None => {
                    let mut fetched = self.fetch_file(run, file, left)?;
                    let source = fetched.file();
                    source.seek(SeekFrom::Start(0)).map_err(read_failed)?;
                    copy(source, tree.as_mut(), file)?
                }
            };
            left = left.checked_sub(entry.size).ok_or_else(too_large)?;
            entries.push(entry);
        }
        let (checksum, bytes) = describe(entries)?;
        if let Some(adopted) = self.adopt(&checksum)? {
            return Ok(adopted);
        }
        write_checksum(tree.as_mut(), &bytes)?;
        drop(tree);
        self.move_into_place(&staged, &checksum)
    }

    /// The same file at the same place in what runs, or in what the binary brought.
    fn here(&self, run: &Run<'_>, file: &WebFile) -> Result<Option<Box<dyn DiskFile>>, Error> {
        let running = run.state.current().map(|id| self.layout.bundle(&id));
        let embedded = self.embedded(&run.state).directory();
        for directory in running.into_iter().chain(embedded) {
            let path = directory.join(file.path.as_str());
            let Ok(mut found) = store::open_plain(self.disk(), &path, Open::Read) else {
                continue;
            };
            if found.kind().ok() == Some(Kind::File) && has_checksum(&mut found, file) {
                found.seek(SeekFrom::Start(0)).map_err(read_failed)?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Fetches one file to the disk and checks its hash.
    fn fetch_file<'e>(&'e self, run: &mut Run<'_>, file: &WebFile, left: u64) -> Result<Partial<'e>, Error> {
        let address = address(&file.path)?;
        let name = Sha256Digest::of(address.as_bytes());
        let mut partial = Partial::open(self, &name, Keep::ThisRunOnly, Vec::new(), None)?;
        let max_bytes = file.size.unwrap_or(left);
        let wanted = Wanted {
            place: Place::Repository(&address),
            max_bytes,
            absence: Absence::Fails,
        };
        let got = run.transfer.persist(wanted, &mut |transfer, url| {
            partial.begin_anew()?;
            let mut hasher = ChecksumHasher::new(file.checksum.algorithm());
            let got = transfer.ask(
                &Get::whole(url, max_bytes),
                Expects::WebFile,
                &mut |piece: &[u8]| {
                    hasher.update(piece);
                    partial.append(piece)
                },
            )?;
            match got {
                Got::Body => {
                    let checked = file.checksum.check(file.path.as_str(), &hasher.finish());
                    checked.map_err(Error::rejected("checking a file of the web root"))?;
                    Ok(Leg::Done(()))
                }
                Got::Missing => Ok(Leg::Missing),
                Got::NotThisRange => Ok(Leg::Again),
            }
        })?;
        match got {
            Some(()) => Ok(partial),
            None => Err(run.transfer.missing(wanted.place)),
        }
    }
}

/// The path as a URL has it: a space or a `#` in a name must not end it.
fn address(path: &BundlePath) -> Result<String, Error> {
    let mut url = Url::parse("https://localhost").map_err(|error| Error::Internal(error.to_string()))?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path.as_str().split('/'));
    }
    Ok(url.path().trim_start_matches('/').to_owned())
}

fn has_checksum(source: &mut impl Read, file: &WebFile) -> bool {
    let mut hasher = ChecksumHasher::new(file.checksum.algorithm());
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let Ok(count) = source.read(&mut buffer) else {
            return false;
        };
        match buffer.get(..count).filter(|piece| !piece.is_empty()) {
            Some(piece) => hasher.update(piece),
            None => return hasher.finish() == file.checksum,
        }
    }
}

/// Writes a file into the tree, and hashes what it writes: between a look and a copy a file may change.
fn copy(source: &mut impl Read, tree: &mut dyn OpenTree, file: &WebFile) -> Result<FileEntry, Error> {
    let mut target = tree.create(&file.path).map_err(write_failed)?;
    let mut promised = ChecksumHasher::new(file.checksum.algorithm());
    let mut own = Sha256::new();
    let mut size = 0_u64;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = source.read(&mut buffer).map_err(read_failed)?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            break;
        };
        promised.update(piece);
        own.update(piece);
        size = size.saturating_add(count as u64);
        target.write_all(piece).map_err(write_failed)?;
    }
    let checked = file.checksum.check(file.path.as_str(), &promised.finish());
    checked.map_err(Error::rejected("copying a file of the web root"))?;
    if file.size.is_some_and(|listed| listed != size) {
        let text = format!(
            "`{}` has another size than checksum.json says",
            file.path.as_str()
        );
        return Err(Error::bundle(Code::ChecksumMismatch, text));
    }
    Ok(FileEntry {
        path: file.path.clone(),
        digest: Sha256Digest::from_bytes(own.finalize().into()),
        size,
    })
}

fn too_large() -> Error {
    let text = format!(
        "the web root is larger than the {} bytes allowed",
        limits::BUNDLE_BYTES
    );
    Error::bundle(Code::MetadataInvalid, text)
}

fn read_failed(source: std::io::Error) -> Error {
    Error::storage("read a file of the bundle", source)
}

fn write_failed(source: std::io::Error) -> Error {
    Error::storage("write a file of the bundle", source)
}
