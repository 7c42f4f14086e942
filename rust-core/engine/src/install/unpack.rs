//! Writes the files of a sound archive, each under its declared size and hashed on the way.

use std::fmt;
use std::io::{Read, Seek, Write as _};
use std::path::Path;
use std::sync::Mutex;

use airlock_protocol::{
    BundlePath, CHECKSUM_FILE, ChecksumJson, Code, FileEntry, SIGNATURE_FILE, Sha256Digest, limits, ordered,
};
use sha2::{Digest as _, Sha256};

use super::assembly::{Assembly, mismatch, write_checksum, write_failed};
use super::frame::Out;
use super::inflate::Inflate;
use super::profile::{ArchiveEntry, Profile};
use super::stages::Stages;
use crate::error::Error;
use crate::ports::{Disk, OpenTree};
use crate::workers::share;

const BUFFER_BYTES: usize = 64 * 1024;

/// What an archive is held against.
#[derive(Clone, Copy, Debug)]
pub enum Contents<'a> {
    /// A verified checksum.json and its exact bytes: the tree must equal it.
    Described(&'a ChecksumJson, &'a [u8]),
    /// Nothing signed (`allowUnsigned`): whatever passes the profile and the caps.
    Undescribed,
}

/// The files of an archive in the directory they were written to.
pub struct Unpacked {
    files: Vec<FileEntry>,
    target: Box<dyn OpenTree>,
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Unpacked");
        shown.field("files", &self.files).finish_non_exhaustive()
    }
}

/// Unpacks the archive into the empty directory `into`, and nowhere else: links are not followed, whoever
/// makes them. On any error the caller discards the directory. Not durable yet. Errors: `archive_unsafe`,
/// `path_unsafe`, `checksum_mismatch`, `no_space`, `storage_failure`.
pub fn unpack(
    disk: &dyn Disk,
    archive: &mut (impl Read + Seek + Send),
    contents: Contents<'_>,
    into: &Path,
) -> Result<Unpacked, Error> {
    match contents {
        Contents::Described(checksum, bytes) => {
            let stages = Stages::default();
            let assembly = Assembly::begin(disk, into, checksum, &stages)?;
            fill_from_archive(archive, bytes, &assembly)?;
            Ok(Unpacked {
                files: checksum.files().to_vec(),
                target: assembly.into_directory(),
            })
        }
        Contents::Undescribed => unpack_undescribed(disk, archive, into),
    }
}

/// Unpacks what a tree still lacks: afterwards it lacks nothing. The whole archive must be sound and hold the described
/// files and no others, whatever of it is needed. Nothing is inflated before the structure of the whole archive and all its
/// names are checked; then the entries are, on as many threads as the disk wants, each with one buffer. Errors: as for
/// [`unpack`].
pub(crate) fn fill_from_archive(
    archive: &mut (impl Read + Seek + Send),
    checksum_bytes: &[u8],
    assembly: &Assembly<'_>,
) -> Result<(), Error> {
    let profile = Profile::read(archive)?;
    check_names(&profile, assembly.checksum(), checksum_bytes)?;
    let archive = Mutex::new(archive);
    let mut buffers = vec![vec![0; BUFFER_BYTES]; assembly.threads()];
    share(&mut buffers, profile.entries(), |buffer, entry| {
        if entry.is_control() {
            let data = Inflate::start(&archive, entry, assembly.stages());
            return check_control_file(data, entry, checksum_bytes, buffer);
        }
        let Some(file) = assembly.missing_at(&entry.path) else {
            return Ok(());
        };
        let mut draft = assembly.draft(file)?;
        let data = Inflate::start(&archive, entry, assembly.stages());
        pour(data, buffer, &mut |piece| draft.write(piece))?;
        draft.finish()
    })
}

fn unpack_undescribed(
    disk: &dyn Disk,
    archive: &mut (impl Read + Seek),
    into: &Path,
) -> Result<Unpacked, Error> {
    let profile = Profile::read(archive)?;
    let mut target = disk.open_tree(into).map_err(write_failed)?;
    let mut files = Vec::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let (archive, stages) = (Mutex::new(archive), Stages::default());
    for entry in profile.into_entries() {
        let data = Inflate::start(&archive, &entry, &stages);
        let digest = write_file(data, &entry, target.as_mut(), &mut buffer)?;
        if !entry.is_control() {
            files.push(FileEntry {
                path: entry.path,
                digest,
                size: entry.size,
            });
        }
    }
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(Unpacked { files, target })
}

impl Unpacked {
    /// The files, sorted by path; checksum.json and its signature not counted.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// Writes checksum.json, whether or not the archive held one, and beside no other file: every name is
    /// the bundle's to use. Durable with the tree. Errors: `no_space`, `storage_failure`.
    pub fn write_checksum(mut self, bytes: &[u8]) -> Result<(), Error> {
        write_checksum(self.target.as_mut(), bytes)
    }
}

/// The archive holds exactly the described files, of the described sizes, before anything is written.
fn check_names(profile: &Profile, checksum: &ChecksumJson, bytes: &[u8]) -> Result<(), Error> {
    let mut missing = ordered::map(checksum.files().iter().map(|file| (&file.path, file.size)));
    for entry in profile.entries() {
        let declared = match entry.path.as_str() {
            CHECKSUM_FILE => Some(bytes.len() as u64),
            SIGNATURE_FILE => Some(entry.size.min(limits::ENVELOPE_BYTES)),
            _ => missing.remove(&entry.path),
        };
        match declared {
            None => {
                return Err(tree_differs(
                    &entry.path,
                    "is in the archive and not in checksum.json",
                ));
            }
            Some(size) if size != entry.size => {
                return Err(tree_differs(
                    &entry.path,
                    "has another size than checksum.json says",
                ));
            }
            Some(_) => {}
        }
    }
    match missing.keys().next() {
        Some(path) => Err(tree_differs(path, "is in checksum.json and not in the archive")),
        None => Ok(()),
    }
}

/// Writes one entry that nothing describes.
fn write_file(
    data: Inflate<'_, impl Read + Seek>,
    entry: &ArchiveEntry,
    target: &mut dyn OpenTree,
    buffer: &mut [u8],
) -> Result<Sha256Digest, Error> {
    let mut file = target.create(&entry.path).map_err(write_failed)?;
    let mut hash = Sha256::new();
    pour(data, buffer, &mut |piece| {
        hash.update(piece);
        file.write_all(piece).map_err(write_failed)
    })?;
    Ok(Sha256Digest::from_bytes(hash.finalize().into()))
}

/// The checksum.json inside the archive is the verified one, to the byte. It is not written from here, and its signature
/// not at all: a tree has the same files whatever way it came.
fn check_control_file(
    data: Inflate<'_, impl Read + Seek>,
    entry: &ArchiveEntry,
    checksum_bytes: &[u8],
    buffer: &mut [u8],
) -> Result<(), Error> {
    let mut hash = Sha256::new();
    pour(data, buffer, &mut |piece| {
        hash.update(piece);
        Ok(())
    })?;
    let digest = Sha256Digest::from_bytes(hash.finalize().into());
    match entry.path.as_str() {
        CHECKSUM_FILE if digest != Sha256Digest::of(checksum_bytes) => Err(mismatch(&entry.path)),
        _ => Ok(()),
    }
}

/// Inflates one entry. Not a byte more than its declared size comes (deflate reaches 1032:1).
fn pour(mut data: Inflate<'_, impl Read + Seek>, buffer: &mut [u8], out: &mut Out<'_>) -> Result<(), Error> {
    loop {
        let piece = data.next(buffer)?;
        if piece.is_empty() {
            return data.finish();
        }
        out(piece)?;
    }
}

fn tree_differs(path: &BundlePath, what: &str) -> Error {
    Error::bundle(
        Code::ArchiveUnsafe,
        format!("the archive is refused: `{path}` {what}"),
    )
}
