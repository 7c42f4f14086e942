//! Is an installed tree still what its checksum.json says?

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use airlock_foreign::PlainChecksumJson;
use airlock_protocol::{
    BundleId, CHECKSUM_FILE, Checksum, ChecksumAlgorithm, ChecksumHasher, ChecksumJson, Code, FileEntry,
    SIGNATURE_FILE, limits, ordered,
};

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
    let files = checksum.files().iter().map(|file| (file.path.as_str(), file));
    let own = [CHECKSUM_FILE, SIGNATURE_FILE];
    check_files(disk, directory, ordered::map(files), &own, |found, expected| {
        check_file(disk, found, expected, depth)
    })?;
    Ok(checksum)
}

/// Checks every byte of the tree in `directory` against its older checksum.json, which says no sizes and is signed
/// by nobody: every listed file with its hash, no file more, none less. Judging what the hashes are worth is the
/// caller's ([`airlock_protocol::Strictness`]). Errors: as for [`verify_tree`], and `path_unsafe`.
pub fn verify_plain_tree(disk: &dyn Disk, directory: &Path) -> Result<PlainChecksumJson, Error> {
    let list = PlainChecksumJson::parse(&read_description(disk, directory)?)
        .map_err(Error::rejected("reading the older checksum.json of a bundle"))?;
    let files = list.files().iter().map(|file| (file.path.as_str(), file));
    check_files(
        disk,
        directory,
        ordered::map(files),
        &[CHECKSUM_FILE],
        |found, expected| {
            let checksum =
                checksum_of(disk, &found.path, expected.checksum.algorithm()).map_err(unreadable)?;
            match checksum == expected.checksum {
                true => Ok(()),
                false => Err(wrong_hash(expected.path.as_str())),
            }
        },
    )?;
    Ok(list)
}

/// A file of a tree, as the disk has it.
struct Found {
    path: PathBuf,
    len: u64,
}

/// Walks the tree: every expected file is there and passes `check` (what was found, what is
/// expected of it), and nothing else is there but the files called `own` at the root.
fn check_files<E>(
    disk: &dyn Disk,
    directory: &Path,
    mut missing: BTreeMap<&str, E>,
    own: &[&str],
    check: impl Fn(&Found, E) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut pending = vec![String::new()];
    while let Some(prefix) = pending.pop() {
        for entry in disk.read_dir(&directory.join(&prefix)).map_err(unreadable)? {
            let name = entry.name.to_str();
            let name = name.ok_or_else(|| differs("a file", "has a name that is not utf-8"))?;
            let path = format!("{prefix}{name}");
            if entry.metadata.kind == Kind::Directory {
                pending.push(format!("{path}/"));
            } else if !(prefix.is_empty() && own.contains(&name)) {
                let expected = missing
                    .remove(path.as_str())
                    .filter(|_| entry.metadata.kind == Kind::File);
                let expected = expected.ok_or_else(|| differs(&path, "is not in checksum.json"))?;
                let found = Found {
                    path: directory.join(&path),
                    len: entry.metadata.len,
                };
                check(&found, expected)?;
            }
        }
    }
    match missing.keys().next() {
        Some(path) => Err(differs(path, "is missing")),
        None => Ok(()),
    }
}

/// Reads and validates the checksum.json of a tree.
fn read_checksum(disk: &dyn Disk, directory: &Path) -> Result<ChecksumJson, Error> {
    ChecksumJson::parse(&read_description(disk, directory)?)
        .map_err(Error::rejected("reading the checksum.json of a bundle"))
}

/// The bytes of a tree's checksum.json, of whichever form.
fn read_description(disk: &dyn Disk, directory: &Path) -> Result<Vec<u8>, Error> {
    let path = directory.join(CHECKSUM_FILE);
    let bytes = read_capped(disk, &path, limits::CHECKSUM_JSON_BYTES).map_err(unreadable)?;
    bytes.ok_or_else(|| differs(CHECKSUM_FILE, "is missing"))
}

fn check_file(disk: &dyn Disk, found: &Found, expected: &FileEntry, depth: Depth) -> Result<(), Error> {
    if found.len != expected.size {
        return Err(differs(
            expected.path.as_str(),
            "has another size than checksum.json says",
        ));
    }
    if depth == Depth::Bytes
        && checksum_of(disk, &found.path, ChecksumAlgorithm::Sha256).map_err(unreadable)?
            != Checksum::Sha256(expected.digest)
    {
        return Err(wrong_hash(expected.path.as_str()));
    }
    Ok(())
}

fn checksum_of(disk: &dyn Disk, path: &Path, algorithm: ChecksumAlgorithm) -> io::Result<Checksum> {
    let mut file = disk.open(path, Open::Read)?;
    let mut hasher = ChecksumHasher::new(algorithm);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some(piece) if !piece.is_empty() => hasher.update(piece),
            _ => return Ok(hasher.finish()),
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

fn wrong_hash(path: &str) -> Error {
    differs(path, "does not have the hash that checksum.json says")
}

fn differs(path: &str, what: &str) -> Error {
    Error::bundle(
        Code::ChecksumMismatch,
        format!("the installed bundle is damaged: `{path}` {what}"),
    )
}
