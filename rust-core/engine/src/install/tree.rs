//! Is an installed tree still what its checksum.json says?

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use airlock_protocol::{
    BundleId, CHECKSUM_FILE, ChecksumJson, Code, FileEntry, SIGNATURE_FILE, Sha256Digest, limits,
};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::ports::{Disk, Kind, Open};
use crate::store::read_capped;

/// How much of a tree is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every file there, none more, each of the right size.
    Sizes,
    /// The same, and every byte.
    Bytes,
}

/// Checks the tree in `directory` against its own checksum.json, which must describe the bundle `id`
/// where one is expected: the tree digest ties every file, hash and size to the id. Returns what
/// checksum.json says. Errors: `checksum_mismatch`, `metadata_invalid`, `storage_failure`.
pub fn verify_tree(
    disk: &dyn Disk,
    directory: &Path,
    id: Option<&BundleId>,
    depth: Depth,
) -> Result<ChecksumJson, Error> {
    let checksum = read_checksum(disk, directory)?;
    if id.is_some_and(|id| checksum.id() != *id) {
        return Err(differs(CHECKSUM_FILE, "describes another bundle"));
    }
    let mut missing: BTreeMap<&str, &FileEntry> = checksum
        .files()
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut pending = vec![String::new()];
    while let Some(prefix) = pending.pop() {
        for entry in disk.read_dir(&directory.join(&prefix)).map_err(unreadable)? {
            let name = entry.name.to_str();
            let name = name.ok_or_else(|| differs("a file", "has a name that is not utf-8"))?;
            let path = format!("{prefix}{name}");
            if entry.kind == Kind::Directory {
                pending.push(format!("{path}/"));
            } else if !(prefix.is_empty() && matches!(name, CHECKSUM_FILE | SIGNATURE_FILE)) {
                let expected = missing.remove(path.as_str()).filter(|_| entry.kind == Kind::File);
                let expected = expected.ok_or_else(|| differs(&path, "is not in checksum.json"))?;
                check_file(disk, &directory.join(&path), expected, depth)?;
            }
        }
    }
    match missing.keys().next() {
        Some(path) => Err(differs(path, "is missing")),
        None => Ok(checksum),
    }
}

/// Reads and validates the checksum.json of a tree.
fn read_checksum(disk: &dyn Disk, directory: &Path) -> Result<ChecksumJson, Error> {
    let path = directory.join(CHECKSUM_FILE);
    let bytes = read_capped(disk, &path, limits::CHECKSUM_JSON_BYTES).map_err(unreadable)?;
    let bytes = bytes.ok_or_else(|| differs(CHECKSUM_FILE, "is missing"))?;
    ChecksumJson::parse(&bytes).map_err(Error::rejected("reading the checksum.json of a bundle"))
}

fn check_file(disk: &dyn Disk, path: &Path, expected: &FileEntry, depth: Depth) -> Result<(), Error> {
    let found = disk.metadata(path).map_err(unreadable)?;
    if found.len != expected.size {
        return Err(differs(
            expected.path.as_str(),
            "has another size than checksum.json says",
        ));
    }
    if depth == Depth::Bytes && digest_of(disk, path).map_err(unreadable)? != expected.digest {
        return Err(differs(
            expected.path.as_str(),
            "does not have the hash that checksum.json says",
        ));
    }
    Ok(())
}

fn digest_of(disk: &dyn Disk, path: &Path) -> io::Result<Sha256Digest> {
    let mut file = disk.open(path, Open::Read)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some(piece) if !piece.is_empty() => hash.update(piece),
            _ => return Ok(Sha256Digest::from_bytes(hash.finalize().into())),
        }
    }
}

/// A tree that lost a file is damaged; a disk that will not say is not (design section 5).
fn unreadable(source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::FileTooLarge => {
            differs("a file", "is missing or damaged")
        }
        _ => Error::storage("read an installed bundle", source),
    }
}

fn differs(path: &str, what: &str) -> Error {
    Error::bundle(
        Code::ChecksumMismatch,
        format!("the installed bundle is damaged: `{path}` {what}"),
    )
}
